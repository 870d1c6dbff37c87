// The shapes of the Board, as crates/api/src/rest/board.rs and crates/api/src/reason.rs define them.

export type Timestamp = string;

export interface Reason {
  code: string;
  message: string;
  evidence?: { kind: string; namespace?: string; name: string };
  unblocksAt?: Timestamp;
  fix?: string;
}

export interface Origin {
  kind: string;
  name: string;
}

export type StagePhase = "promoting" | "verifying" | "failed" | "reconciling" | "ready" | "empty";
export type WarehousePhase = "failed" | "reconciling" | "ready";

export interface Artifact {
  kind: "artifact" | "chart" | "commit" | "image";
  name: string;
  repository: string;
  version: string;
  pin?: string;
  message?: string;
}

export interface CurrentFreight {
  name: string;
  alias?: string;
  since?: Timestamp;
  verified: boolean;
  artifacts: Artifact[];
}

export interface Cell {
  origin: Origin;
  direct: boolean;
  upstream?: string[];
  requiredSoak?: string;
  current?: CurrentFreight;
  arriving?: string;
  newer: number;
  eligible: number;
  candidate?: string;
  newest?: string;
  because?: Reason[];
  heldBy?: string;
}

export interface LastPromotion {
  name: string;
  phase: string;
  freight?: string;
  finishedAt?: Timestamp;
  message?: string;
}

export interface Stage {
  name: string;
  rank: number;
  phase: StagePhase;
  health?: string;
  issues?: string[];
  controlFlow: boolean;
  autoPromotion: boolean;
  color?: string;
  description?: string;
  shard?: string;
  cells: Cell[];
  running?: string;
  queue?: string[];
  last?: LastPromotion;
  verification?: string;
  blocked?: Reason;
}

export interface Warehouse {
  name: string;
  phase: WarehousePhase;
  message?: string;
  discoveredAt?: Timestamp;
  interval: string;
  manual: boolean;
  subscriptions: { kind: string; repository: string; name?: string }[];
  lastFreight?: string;
  freightCount: number;
}

export interface Freight {
  name: string;
  alias?: string;
  origin: Origin;
  discoveredAt?: Timestamp;
  artifacts: Artifact[];
  currentIn?: string[];
  verifiedIn?: string[];
  approvedFor?: string[];
}

export interface Step {
  alias: string;
  uses: string;
  status?: string;
  message?: string;
  startedAt?: Timestamp;
  finishedAt?: Timestamp;
}

export interface Promotion {
  name: string;
  stage: string;
  freight?: string;
  phase: string;
  message?: string;
  actor?: string;
  createdAt?: Timestamp;
  startedAt?: Timestamp;
  finishedAt?: Timestamp;
  step?: number;
  steps: Step[];
}

export interface Board {
  project: string;
  serverTime: Timestamp;
  cursor: string;
  stages: Stage[];
  warehouses: Warehouse[];
  freight: Freight[];
  promotions: Promotion[];
}

export type RowKind = "freight" | "promotion" | "stage" | "warehouse";

export interface BoardPatch {
  serverTime?: Timestamp;
  stages?: Stage[];
  warehouses?: Warehouse[];
  freight?: Freight[];
  promotions?: Promotion[];
  gone?: { kind: RowKind; name: string }[];
}

export interface ArtifactChange {
  change: "changed" | "new" | "removed" | "unchanged";
  from?: Artifact;
  to?: Artifact;
}

export interface EligibilityPair {
  stage: string;
  freight: string;
  /** The rules allow it now, and the caller may do it. */
  allowed: boolean;
  available: boolean;
  grounds?: "approved" | "direct" | "upstream";
  permitted: boolean;
  current: boolean;
  because?: Reason[];
  unblocksAt?: Timestamp;
  changes: ArtifactChange[];
}

export interface Eligibility {
  serverTime: Timestamp;
  pairs: EligibilityPair[];
}

export interface Permissions {
  promote: string[];
  refreshStages: boolean;
  refreshWarehouses: boolean;
  abortPromotions: boolean;
  approveFreight: boolean;
  createStages: boolean;
  createWarehouses: boolean;
}

export interface Session {
  actor: string;
  groups: string[];
  admin: boolean;
  skipAuth: boolean;
  serverTime: Timestamp;
}

export interface PublicConfig {
  adminAccountEnabled: boolean;
  skipAuth: boolean;
}

export interface ProjectObject {
  metadata: { name: string; creationTimestamp?: Timestamp; annotations?: Record<string, string> };
  status?: {
    conditions?: { type: string; status: string; message?: string }[];
    stats?: {
      warehouses?: { count?: number; health?: { healthy?: number } };
      stages?: { count?: number; health?: { healthy?: number } };
    };
  };
}

export interface PromotionObject {
  metadata: { name: string; creationTimestamp?: Timestamp; annotations?: Record<string, string> };
  spec: { stage: string; freight?: string; steps: { as?: string; uses: string }[] };
  status?: {
    phase?: string;
    message?: string;
    startedAt?: Timestamp;
    finishedAt?: Timestamp;
    stepExecutionMetadata?: Omit<Step, "uses">[];
    state?: Record<string, unknown>;
  };
}
