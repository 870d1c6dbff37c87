// A Project without a registry or a git server: Freight is made by hand, so nothing moves but what a test moves.

const VERSION = "kargo.akuity.io/v1alpha1";
const PROJECT = "shop";
const origin = { kind: "Warehouse", name: "api" };
const repository = "registry.invalid/acme/api";
const commit = "0123456789abcdef0123456789abcdef01234567";

const object = (kind: string, name: string, rest: object) => ({
  apiVersion: VERSION,
  kind,
  metadata: { name, namespace: PROJECT },
  ...rest,
});

const stage = (name: string, sources: object, steps: object[]) =>
  object("Stage", name, {
    spec: { requestedFreight: [{ origin, sources }], promotionTemplate: { spec: { steps } } },
  });

const works = [{ uses: "compose-output", as: "say", config: { said: "hello" } }];

export const freight = (tag: string, alias: string) =>
  object("Freight", alias, {
    metadata: { name: alias, namespace: PROJECT, labels: { "kargo.akuity.io/alias": alias } },
    alias,
    origin,
    images: [{ repoURL: repository, tag, digest: `sha256:${tag.replace(/\D/g, "").padEnd(64, "0")}` }],
    commits: [
      {
        repoURL: "https://github.invalid/acme/config.git",
        id: commit,
        message: "Raise the limits",
        author: "Ada <ada@example.com>",
      },
    ],
  });

export const shop = [
  { apiVersion: VERSION, kind: "Project", metadata: { name: PROJECT } },
  object("Warehouse", "api", {
    spec: {
      freightCreationPolicy: "Manual",
      interval: "10m0s",
      subscriptions: [
        { image: { repoURL: repository, imageSelectionStrategy: "SemVer" } },
        { git: { repoURL: "https://github.invalid/acme/config.git" } },
      ],
    },
  }),
  stage("test", { direct: true }, works),
  stage("prod", { stages: ["test"] }, works),
  stage("broken", { direct: true }, [
    ...works,
    { uses: "fail", as: "no", config: { message: "the change advisory board said no" } },
  ]),
];
