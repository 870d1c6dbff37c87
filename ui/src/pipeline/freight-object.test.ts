import { expect, it } from "vitest";
import { fromFreightObject } from "./freight-object";

it("shows older Freight as the Board would", () => {
  const freight = fromFreightObject({
    metadata: { name: "f1", creationTimestamp: "2026-01-01T00:00:00Z" },
    origin: { kind: "Warehouse", name: "app" },
    images: [{ repoURL: "registry.example/acme/api", tag: "1.0.0", digest: "sha256:0" }],
    commits: [{ repoURL: "https://git.example/acme/config.git", id: "0123456789", message: "fix" }],
    status: { verifiedIn: { test: {} } },
  });
  expect(freight.verifiedIn).toEqual(["test"]);
  expect(freight.artifacts.map(({ name, version }) => `${name} ${version}`)).toEqual([
    "api 1.0.0",
    "config 0123456",
  ]);
});
