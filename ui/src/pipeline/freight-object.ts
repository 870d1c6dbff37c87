// Freight that is not on the Board, from the object itself.
import type { Artifact, Freight, FreightObject } from "../api/types";

export function fromFreightObject(object: FreightObject): Freight {
  const { metadata, alias, origin, discoveredAt, status } = object;
  return {
    name: metadata.name,
    origin,
    artifacts: artifacts(object),
    currentIn: Object.keys(status?.currentlyIn ?? {}),
    verifiedIn: Object.keys(status?.verifiedIn ?? {}),
    approvedFor: Object.keys(status?.approvedFor ?? {}),
    ...(alias === undefined ? {} : { alias }),
    ...(discoveredAt === undefined ? {} : { discoveredAt }),
  };
}

function artifacts(object: FreightObject): Artifact[] {
  const images = object.images?.map(
    ({ repoURL = "", tag, digest }): Artifact => ({
      kind: "image",
      name: last(repoURL),
      repository: repoURL,
      version: tag ?? digest ?? "",
      ...(digest === undefined ? {} : { pin: digest }),
    }),
  );
  const commits = object.commits?.map(
    ({ repoURL = "", id = "", tag, message, author }): Artifact => ({
      kind: "commit",
      name: last(repoURL),
      repository: repoURL,
      version: tag ?? id.slice(0, 7),
      pin: id,
      ...(message === undefined ? {} : { message }),
      ...(author === undefined ? {} : { author }),
    }),
  );
  const charts = object.charts?.map(
    ({ repoURL = "", name, version = "" }): Artifact => ({
      kind: "chart",
      name: name ?? last(repoURL),
      repository: repoURL,
      version,
    }),
  );
  const others = object.artifacts?.map(
    ({ artifactType, subscriptionName, version }): Artifact => ({
      kind: "artifact",
      name: subscriptionName,
      repository: artifactType ?? "",
      version,
    }),
  );
  return [...(images ?? []), ...(commits ?? []), ...(charts ?? []), ...(others ?? [])];
}

const last = (repository: string) =>
  repository
    .replace(/\/+$/, "")
    .split("/")
    .at(-1)
    ?.replace(/\.git$/, "") ?? repository;
