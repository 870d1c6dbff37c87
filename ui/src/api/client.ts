// The one way to the server. Every failure becomes an ApiError whose message can be shown as it is.
import type {
  Board,
  Eligibility,
  FreightObject,
  Permissions,
  ProjectObject,
  PromotionObject,
  PublicConfig,
  Reason,
  Session,
  StageExplanation,
  StageObject,
} from "./types";

export class ApiError extends Error {
  readonly status: number;
  readonly because: Reason[];

  constructor(status: number, message: string, because: Reason[] = []) {
    super(message);
    this.status = status;
    this.because = because;
  }
}

type Method = "GET" | "POST" | "DELETE";

async function request<T>(method: Method, path: string, body?: unknown): Promise<T> {
  let response: Response;
  try {
    response = await fetch(`/v1beta1${path}`, {
      method,
      credentials: "same-origin",
      headers: body === undefined ? {} : { "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  } catch {
    throw new ApiError(0, "The server cannot be reached. Is it still running?");
  }
  const text = await response.text();
  const answer = text === "" ? undefined : parse(text);
  if (!response.ok) {
    const failure = answer as { error?: string; because?: Reason[] } | undefined;
    throw new ApiError(
      response.status,
      failure?.error ?? `The server answered ${response.status}.`,
      failure?.because,
    );
  }
  return answer as T;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const project = (name: string) => `/projects/${encodeURIComponent(name)}`;
const stagePath = (name: string, stage: string) => `${project(name)}/stages/${encodeURIComponent(stage)}`;

/** Pieces of Freight per origin that the explanation of a Stage names. */
const EXPLAINED = 20;

export const api = {
  publicConfig: () => request<PublicConfig>("GET", "/system/public-server-config"),
  session: () => request<Session>("GET", "/ui/session"),
  signIn: (password: string) => request<Session>("POST", "/ui/session", { password }),
  signOut: () => request<void>("DELETE", "/ui/session"),
  projects: () => request<{ items: ProjectObject[]; total: number }>("GET", "/projects"),
  board: (name: string) => request<Board>("GET", `${project(name)}/ui/board`),
  permissions: (name: string) => request<Permissions>("GET", `${project(name)}/ui/permissions`),
  eligibility: (name: string, query: { stage?: string; freight?: string }) =>
    request<Eligibility>("GET", `${project(name)}/ui/eligibility?${new URLSearchParams(query)}`),
  explain: (name: string, stage: string) =>
    request<StageExplanation>("GET", `${stagePath(name, stage)}/explain?newest=${EXPLAINED}`),
  stage: (name: string, stage: string) => request<StageObject>("GET", stagePath(name, stage)),
  allFreight: (name: string, warehouse: string) =>
    request<{ groups: Record<string, { items?: FreightObject[] } | undefined> }>(
      "GET",
      `${project(name)}/freight?${new URLSearchParams({ origins: warehouse })}`,
    ),
  promotion: (name: string, promotion: string) =>
    request<PromotionObject>("GET", `${project(name)}/promotions/${encodeURIComponent(promotion)}`),
  promote: (name: string, stage: string, freight: string) =>
    request<PromotionObject>("POST", `${stagePath(name, stage)}/promotions`, { freight }),
  abort: (name: string, promotion: string) =>
    request<void>("POST", `${project(name)}/promotions/${encodeURIComponent(promotion)}/abort`),
  approve: (name: string, freight: string, stage: string) =>
    request<void>(
      "POST",
      `${project(name)}/freight/${encodeURIComponent(freight)}/approve?${new URLSearchParams({ stage })}`,
    ),
  refreshStage: (name: string, stage: string) => request<void>("POST", `${stagePath(name, stage)}/refresh`),
  reverify: (name: string, stage: string) => request<void>("POST", `${stagePath(name, stage)}/verification`),
  abortVerification: (name: string, stage: string) =>
    request<void>("POST", `${stagePath(name, stage)}/verification/abort`),
  refreshWarehouse: (name: string, warehouse: string) =>
    request<void>("POST", `${project(name)}/warehouses/${encodeURIComponent(warehouse)}/refresh`),
};

export const streamUrl = (name: string, cursor: string) =>
  `/v1beta1${project(name)}/ui/stream?${new URLSearchParams({ after: cursor })}`;
