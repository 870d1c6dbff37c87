// Written by `cargo xtask codegen` from the Rust types; change those instead.

/** Whether something is allowed, and why not, or what it would mean. */
export interface ActionAnswer {
  /** Whether it is. */
  allowed: boolean;
  /** Why not; with `allowed`, what to know before doing it. */
  because?: Reason[];
}

/** An argument for an AnalysisRun. */
export interface AnalysisRunArgument {
  /** Name of the argument. */
  name: string;
  /** Its value; may hold expressions. */
  value: string;
}

/** Labels and annotations for an AnalysisRun. */
export interface AnalysisRunMetadata {
  /** Labels to add. */
  labels?: Record<string, string>;
  /** Annotations to add. */
  annotations?: Record<string, string>;
}

/** Names an AnalysisRun and says where it is. */
export interface AnalysisRunReference {
  /** Namespace of the AnalysisRun. */
  namespace: string;
  /** Name of the AnalysisRun. */
  name: string;
  /** Where the AnalysisRun is. */
  phase: string;
}

/** Kinds of analysis templates. */
export type AnalysisTemplateKind = "AnalysisTemplate" | "ClusterAnalysisTemplate";

/** Names an AnalysisTemplate or a ClusterAnalysisTemplate. */
export interface AnalysisTemplateReference {
  /** Name of the template. */
  name: string;
  /** Kind of the template; AnalysisTemplate when absent. */
  kind?: AnalysisTemplateKind;
}

/** That Freight was approved for a Stage. */
export interface ApprovedStage {
  /** When the Freight was approved for the Stage. */
  approvedAt?: string;
}

/** An Argo CD instance. */
export interface ArgoCdShard {
  /** Where its Applications are. */
  namespace: string;
  /** Where its UI is. */
  url: string;
}

/** One artifact before and after. */
export interface ArtifactChange {
  /** How it changes. */
  change: ChangeKind;
  /** What the Stage runs. */
  from?: BoardArtifact;
  /** What it would run. */
  to?: BoardArtifact;
}

/** The kinds of artifacts. */
export type ArtifactKind = "artifact" | "chart" | "commit" | "image";

/** A revision of an artifact of any other kind. */
export interface ArtifactReference {
  /** Kind of artifact, as its subscription calls it. */
  artifactType?: string;
  /** Name of the Warehouse's subscription that found the revision. */
  subscriptionName: string;
  /** The revision; its form depends on the kind of artifact. */
  version: string;
  /** Anything else that is known about the revision. */
  metadata?: unknown;
}

/** Webhooks of Artifactory. */
export interface ArtifactoryWebhookReceiverConfig {
  /** The Secret that holds what the sender proves itself with. */
  secretRef: LocalObjectReference;
  /** Virtual repository to assume in place of the one the webhook names. */
  virtualRepoName?: string;
}

/** Keeps auto-promotion from replacing Freight that somebody chose. */
export interface AutoPromotionHold {
  /** The Freight that stays. */
  freightName: string;
  /** Origin whose Freight is held. */
  origin: FreightOrigin;
  /** The Promotion that brought the hold. */
  promotionName?: string;
  /** Who asked for that Promotion. */
  actor?: string;
  /** Since when it holds. */
  createdAt?: string;
}

/** How auto-promotion chooses. */
export interface AutoPromotionOptions {
  /** Which Freight auto-promotion chooses; the newest when absent. */
  selectionPolicy?: AutoPromotionSelectionPolicy;
}

/** Which Freight auto-promotion chooses. */
export type AutoPromotionSelectionPolicy = "NewestFreight" | "MatchUpstream";

/** When a Stage goes back to the Freight it had before. */
export interface AutoRollbackOptions {
  /** Ends of a Promotion that cause it: Failed, Errored. None when absent. */
  onPromotion?: string[];
  /** Ends of a verification that cause it: Failed, Error. Failed when absent. */
  onVerification?: string[];
}

/** What makes Freight available to a Stage. */
export type AvailabilityGrounds = "approved" | "direct" | "upstream";

/** Everything the project page shows. */
export interface Board {
  /** Name of the Project. */
  project: string;
  /** The server's clock when this was made. */
  serverTime: string;
  /** Position in the stream; `…/ui/stream?after=<cursor>` goes on from here. */
  cursor: string;
  /** Stages, upstream before downstream. */
  stages: BoardStage[];
  /** Warehouses, by name. */
  warehouses: BoardWarehouse[];
  /** Freight, newest first: all that is in use, and of the rest the newest. */
  freight: BoardFreight[];
  /** Promotions that are not finished, and the newest finished ones, newest first. */
  promotions: BoardPromotion[];
}

/** One artifact, short enough for a cell. */
export interface BoardArtifact {
  /** `image`, `commit`, `chart` or `artifact`. */
  kind: ArtifactKind;
  /** The subscription's name, else the last part of the repository. */
  name: string;
  /** The repository. */
  repository: string;
  /** Tag, version, or the commit's short id. */
  version: string;
  /** Digest or full commit id. */
  pin?: string;
  /** First line of the commit's message. */
  message?: string;
  /** Who wrote the commit. */
  author?: string;
  /** The commit's page at its git provider, if that is known. */
  link?: string;
}

/** What one Stage has, and could have, of one origin. */
export interface BoardCell {
  /** Where the Freight comes from. */
  origin: FreightOrigin;
  /** Takes Freight straight from the Warehouse. */
  direct: boolean;
  /** Stages it takes Freight from. */
  upstream?: string[];
  /** How long Freight has to soak upstream, as written in the spec. */
  requiredSoak?: string;
  /** What runs there now. */
  current?: CurrentFreight;
  /** Freight that a running Promotion is bringing. */
  arriving?: string;
  /** How many pieces of Freight are newer than the current one. */
  newer: number;
  /** How many of the newer ones may be promoted right now. */
  eligible: number;
  /** The newest piece that may be promoted right now and is not the current one. */
  candidate?: string;
  /** The newest piece there is, if it is not the current one. */
  newest?: string;
  /** Why the newest piece may not be promoted yet. */
  because?: Reason[];
  /** Auto-promotion is held for this origin. */
  heldBy?: string;
}

/** The data of an event of the stream; the event's name says which. Those of `reset` and `gone` are empty. */
export type BoardEvent = Board | BoardPatch | Ping;

/** A piece of Freight. */
export interface BoardFreight {
  /** Name of the Freight. */
  name: string;
  /** Its alias. */
  alias?: string;
  /** Where it comes from. */
  origin: FreightOrigin;
  /** When its artifacts were found. */
  discoveredAt?: string;
  /** What is in it. */
  artifacts: BoardArtifact[];
  /** Stages that run it. */
  currentIn?: string[];
  /** Stages in which it was verified. */
  verifiedIn?: string[];
  /** Stages for which it was approved by hand. */
  approvedFor?: string[];
}

/** Names a row. */
export interface BoardKey {
  /** `stage`, `warehouse`, `freight` or `promotion`. */
  kind: BoardKind;
  /** Name of the object. */
  name: string;
}

/** The kinds of rows. */
export type BoardKind = "freight" | "promotion" | "stage" | "warehouse";

/** Rows that changed since the event before. A row replaces the row of the same name. */
export interface BoardPatch {
  /** The server's clock. */
  serverTime?: string;
  /** Stages that are new or changed. */
  stages?: BoardStage[];
  /** Warehouses that are new or changed. */
  warehouses?: BoardWarehouse[];
  /** Freight that is new or changed. */
  freight?: BoardFreight[];
  /** Promotions that are new or changed. */
  promotions?: BoardPromotion[];
  /** Rows that are no longer there. */
  gone?: BoardKey[];
}

/** A Promotion. */
export interface BoardPromotion {
  /** Name of the Promotion. */
  name: string;
  /** The Stage it promotes to. */
  stage: string;
  /** Name of the Freight. */
  freight?: string;
  /** Its phase: `Pending`, `Running`, `Succeeded`, `Failed`, `Errored`, `Aborted`. */
  phase: string;
  /** What it says about its phase. */
  message?: string;
  /** Who created it; absent for auto-promotion. */
  actor?: string;
  /** When it was created. */
  createdAt?: string;
  /** When its first step started. */
  startedAt?: string;
  /** When it ended. */
  finishedAt?: string;
  /** Index of the step that is run now. */
  step?: number;
  /** Its steps, in order. */
  steps: BoardStep[];
}

/** A Stage: one row of the Board. */
export interface BoardStage {
  /** Name of the Stage. */
  name: string;
  /** Position from the left: 0 takes Freight straight from a Warehouse. */
  rank: number;
  /** The one word for its state. */
  phase: StagePhase;
  /** Worst health reported: `Healthy`, `Progressing`, `Unknown`, `Unhealthy`, `NotApplicable`. */
  health?: string;
  /** What is unhealthy, and the message of a condition that is not met. */
  issues?: string[];
  /** Has no steps; Freight passes through. */
  controlFlow: boolean;
  /** Whether new Freight is promoted by itself. */
  autoPromotion: boolean;
  /** Colour annotation. */
  color?: string;
  /** Description annotation. */
  description?: string;
  /** The shard that handles it. */
  shard?: string;
  /** One cell per origin it asks for, in the order of the spec. */
  cells: BoardCell[];
  /** Name of the Promotion that runs. */
  running?: string;
  /** Names of the Promotions that wait, next first. */
  queue?: string[];
  /** The Promotion that ended last. */
  last?: LastPromotion;
  /** Phase of the newest verification: `Pending`, `Running`, `Successful`, `Failed`, `Error`, `Aborted`, `Inconclusive`. */
  verification?: string;
  /** The one fact that keeps the Stage from moving, if one does. */
  blocked?: Reason;
}

/** One step of a Promotion. */
export interface BoardStep {
  /** Alias of the step, or `step-N`. */
  alias: string;
  /** Which step it is, such as `git-push`. */
  uses: string;
  /** `Running`, `Succeeded`, `Failed`, `Errored`, `Skipped`, `Aborted`; absent before it began. */
  status?: string;
  /** What it says about its status. */
  message?: string;
  /** When it began. */
  startedAt?: string;
  /** When it ended. */
  finishedAt?: string;
}

/** One repository a Warehouse watches. */
export interface BoardSubscription {
  /** `image`, `git`, `chart`, or another type. */
  kind: string;
  /** The repository. */
  repository: string;
  /** Name of the subscription, if it has one. */
  name?: string;
}

/** A Warehouse. */
export interface BoardWarehouse {
  /** Name of the Warehouse. */
  name: string;
  /** The one word for its state. */
  phase: WarehousePhase;
  /** What is wrong, or what it is doing. */
  message?: string;
  /** When it last looked at its repositories. */
  discoveredAt?: string;
  /** How often it looks, as written in the spec. */
  interval: string;
  /** Whether Freight is made by hand. */
  manual: boolean;
  /** The repositories it watches. */
  subscriptions: BoardSubscription[];
  /** The Freight it made last. */
  lastFreight?: string;
  /** How many pieces of its Freight exist. */
  freightCount: number;
}

/** How an artifact changes. */
export type ChangeKind = "changed" | "new" | "removed" | "unchanged";

/** A Helm chart at one version. */
export interface Chart {
  /** The chart repository; an `oci://` URL names the chart itself. */
  repoURL?: string;
  /** The chart's name in a classic repository; absent for OCI. */
  name?: string;
  /** The chart's version. */
  version?: string;
  /** Name of the Warehouse's subscription that found the chart, if it has one. */
  subscriptionName?: string;
}

/** Helm charts found for one subscription. */
export interface ChartDiscoveryResult {
  /** The chart repository. */
  repoURL: string;
  /** Name of the subscription, if it has one. */
  subscriptionName?: string;
  /** The chart's name in a classic repository. */
  name?: string;
  /** The constraint that was asked for. */
  semverConstraint?: string;
  /** The versions; empty when none qualified. */
  versions?: string[];
}

/** Settings of the whole installation. There is at most one, and it is named `cluster`. */
export interface ClusterConfig {
  apiVersion?: string;
  kind?: string;
  metadata: ObjectMeta;
  /** The settings. */
  spec?: ClusterConfigSpec;
  /** What was last seen of the settings. */
  status?: ClusterConfigStatus;
}

/** Settings of the whole installation. */
export interface ClusterConfigSpec {
  /** Webhooks to accept for all Projects. */
  webhookReceivers?: WebhookReceiverConfig[];
  /** Who our commits are from when nothing else is said. */
  gitClient?: GitClientConfig;
  /** Links shown with all Freight. */
  freightLinks?: NavigationLink[];
  /** Links shown with all Stages. */
  stageLinks?: NavigationLink[];
  /** When Promotions may start. */
  promotionWindows?: PromotionWindow[];
}

/** What was last seen of the installation's settings. */
export interface ClusterConfigStatus {
  /** Conditions of the settings. */
  conditions?: Condition[];
  /** The generation that was last handled. */
  observedGeneration?: number;
  /** The refresh request that was last handled. */
  lastHandledRefresh?: string;
  /** Where the configured receivers listen. */
  webhookReceivers?: WebhookReceiverDetails[];
}

/** One frame of a watch: `data: {"type": …, "object": …}`. */
export interface ClusterConfigWatchFrame {
  /** `ADDED`, `MODIFIED` or `DELETED`. */
  type: string;
  /** The object after the change. */
  object: ClusterConfig;
}

/** A list of steps that Stages of all Projects can use as one. */
export interface ClusterPromotionTask {
  apiVersion?: string;
  kind?: string;
  metadata: ObjectMeta;
  /** Variables and steps of the task. */
  spec: PromotionTaskSpec;
}

/** A list of objects as Kubernetes answers it. */
export interface ClusterPromotionTaskList {
  apiVersion?: string;
  kind?: string;
  /** The objects. */
  items: ClusterPromotionTask[];
  /** Metadata of the list. */
  metadata: ListMetadata;
}

/** Schema of a Kubernetes condition. */
export interface Condition {
  /** When the status last changed. */
  lastTransitionTime: string;
  /** What happened, for people. */
  message: string;
  /** The generation of the object that this condition was computed from. */
  observedGeneration: number;
  /** Why, as one word for programs. */
  reason: string;
  /** Whether the condition holds. */
  status: "True" | "False" | "Unknown";
  /** What the condition is about. */
  type: string;
}

export interface ConfigMap {
  apiVersion?: string;
  binaryData?: Record<string, string>;
  data?: Record<string, string>;
  immutable?: boolean;
  kind?: string;
  metadata: ObjectMeta;
}

export interface ConfigMapList {
  apiVersion?: string;
  kind?: string;
  items: ConfigMap[];
  metadata: ListMetadata;
}

/** Body of `POST …/configmaps`. */
export interface CreateConfigMapRequest {
  /** Name of the ConfigMap. */
  name: string;
  /** What it is for, for people. */
  description?: string;
  /** Whether every Project gets a copy; only for what is shared. */
  replicate?: boolean;
  /** Values by key. */
  data: Record<string, string>;
}

/** Body of `POST …/generic-credentials`. */
export interface CreateGenericCredentialsRequest {
  /** Name of the Secret. */
  name: string;
  /** Type of the Secret, which can never be changed; `Opaque` when absent. */
  type?: string;
  /** What it is for, for people. */
  description?: string;
  /** Whether every Project gets a copy; only for what is shared. */
  replicate?: boolean;
  /** Values by key. */
  data: Record<string, string>;
}

/** Body of `POST …/repo-credentials`. */
export interface CreateRepoCredentialsRequest {
  /** Name of the Secret. */
  name: string;
  /** What they are for, for people. */
  description?: string;
  /** What is in the repository: `git`, `helm` or `image`. */
  type: string;
  /** URL of the repository. */
  repoUrl: string;
  /** Whether the URL is a regular expression. */
  repoUrlIsRegex?: boolean;
  /** User name. */
  username: string;
  /** Password or token. */
  password: string;
}

/** Freight in a Stage. */
export interface CurrentFreight {
  /** Name of the Freight. */
  name: string;
  /** Its alias, if the Freight still exists. */
  alias?: string;
  /** Since when it is there. */
  since?: string;
  /** Verified in this Stage. */
  verified: boolean;
  /** What is in it. */
  artifacts: BoardArtifact[];
}

/** The Freight of one origin has reached a Stage, been verified there, or been approved for it. */
export interface CurrentStage {
  /** Since when the Stage has run the Freight. */
  since?: string;
}

/** What one look at the repositories found, newest first in each list. */
export interface DiscoveredArtifacts {
  /** When the look ended. */
  discoveredAt?: string;
  /** Commits, by subscription. */
  git?: GitDiscoveryResult[];
  /** Container images, by subscription. */
  images?: ImageDiscoveryResult[];
  /** Helm charts, by subscription. */
  charts?: ChartDiscoveryResult[];
  /** Artifacts of other kinds, by subscription. */
  results?: DiscoveryResult[];
}

/** A commit that was found. */
export interface DiscoveredCommit {
  /** The commit's hash. */
  id?: string;
  /** The branch it was found on. */
  branch?: string;
  /** The tag it was found by. */
  tag?: string;
  /** First line of its message. */
  subject?: string;
  /** Who wrote the change. */
  author?: string;
  /** Who made the commit. */
  committer?: string;
  /** When the commit, or its annotated tag, was made. */
  creatorDate?: string;
}

/** A container image that was found. */
export interface DiscoveredImageReference {
  /** The tag it was found by. */
  tag: string;
  /** The digest that pins its content. */
  digest: string;
  /** OCI annotations of the image. */
  annotations?: Record<string, string>;
  /** When the image was built, if it says so. */
  createdAt?: string;
}

/** Artifacts of another kind found for one subscription. */
export interface DiscoveryResult {
  /** Name of the subscription. */
  name: string;
  /** The revisions; empty when none qualified. */
  artifactReferences?: ArtifactReference[];
}

/** Answer of `GET …/ui/eligibility`: may this Freight go to that Stage, and what would change. */
export interface Eligibility {
  /** The server's clock. */
  serverTime: string;
  /** One entry per Stage and piece of Freight asked for. */
  pairs: EligibilityPair[];
}

/** One Stage and one piece of Freight. */
export interface EligibilityPair {
  /** Name of the Stage. */
  stage: string;
  /** Name of the Freight. */
  freight: string;
  /** The rules allow it now. */
  available: boolean;
  /** What makes it available. */
  grounds?: AvailabilityGrounds;
  /** The caller may promote to the Stage. */
  permitted: boolean;
  /** Everything taken together: the button is enabled. */
  allowed: boolean;
  /** The Stage runs exactly this Freight already. */
  current: boolean;
  /** Why not, one reason per thing that is missing; when allowed, what to know before. */
  because?: Reason[];
  /** When time alone will make it available. */
  unblocksAt?: string;
  /** What the Stage runs of this origin against what it would run. */
  changes: ArtifactChange[];
}

/** Every answer that is not a success. */
export interface ErrorBody {
  /** What went wrong, for people. */
  error: string;
  /** Why a rule said no, as data. Ours beyond Kargo. */
  because?: Reason[];
}

export interface Event {
  action?: string;
  apiVersion?: string;
  count?: number;
  eventTime?: MicroTime;
  firstTimestamp?: Time;
  involvedObject: ObjectReference;
  kind?: string;
  lastTimestamp?: Time;
  message?: string;
  metadata: ObjectMeta;
  reason?: string;
  related?: ObjectReference;
  reportingComponent?: string;
  reportingInstance?: string;
  series?: EventSeries;
  source?: EventSource;
  type?: string;
}

export interface EventList {
  apiVersion?: string;
  kind?: string;
  items: Event[];
  metadata: ListMetadata;
}

export interface EventSeries {
  count?: number;
  lastObservedTime?: MicroTime;
}

export interface EventSource {
  component?: string;
  host?: string;
}

/** A variable for expressions. */
export interface ExpressionVariable {
  /** Name under which expressions find it. */
  name: string;
  /** Its value; may hold expressions. A task's variable without a value must be given by the caller. */
  value?: string;
}

export type FieldsV1 = Record<string, unknown>;

/** Freight is a set of revisions of artifacts that a Warehouse found and that Stages promote together. */
export interface Freight {
  apiVersion?: string;
  kind?: string;
  metadata: ObjectMeta;
  /** A name for people, unique in the Project. Mirrored in a label. */
  alias?: string;
  /** When the artifacts were found. */
  discoveredAt?: string;
  /** Where the Freight comes from. */
  origin: FreightOrigin;
  /** Commits in the Freight. */
  commits?: GitCommit[];
  /** Container images in the Freight. */
  images?: Image[];
  /** Helm charts in the Freight. */
  charts?: Chart[];
  /** Artifacts of other kinds in the Freight. */
  artifacts?: ArtifactReference[];
  /** Where the Freight has been. */
  status?: FreightStatus;
}

/** What can be done with Freight at a Stage. */
export interface FreightActions {
  /** Promote it. */
  promote: ActionAnswer;
}

/** In how many upstream Stages Freight must have been verified. */
export type FreightAvailabilityStrategy = "All" | "OneOf" | "";

/** What a Stage runs: at most one piece of Freight of each origin. */
export interface FreightCollection {
  /** Hash of the names of the Freight, so that the same set has the same id. */
  id: string;
  /** The Freight by origin (`Warehouse/<name>`). */
  items?: Record<string, FreightReference>;
  /** Verifications of this set, newest first. */
  verificationHistory?: VerificationInfo[];
}

/** What must hold for Freight to be made. */
export interface FreightCreationCriteria {
  /** Expression over the revisions found that must be true. */
  expression?: string;
}

/** Whether Freight is made as soon as something new is found. */
export type FreightCreationPolicy = "Automatic" | "Manual";

/** Whether one piece of Freight may be promoted to one Stage. */
export interface FreightEligibility {
  /** Its name. */
  name: string;
  /** What people call it. */
  alias?: string;
  /** When it was discovered. */
  discoveredAt?: Time;
  /** Whether the Stage runs it. */
  current: boolean;
  /** Whether the Stage may take it. */
  available: boolean;
  /** What can be done with it. */
  actions: FreightActions;
}

/** One group of [`FreightGroups`]. */
export interface FreightGroup {
  /** The Freight, sorted as asked. */
  items: Freight[];
}

/** Answer of `GET …/freight`. */
export interface FreightGroups {
  /** Freight by repository, or all of it under the empty name. */
  groups: Record<string, FreightGroup>;
  /** Where a watch starts; absent for the Freight of one Stage. */
  resourceVersion?: string;
}

/** Where Freight comes from. */
export interface FreightOrigin {
  /** Kind of the resource that made the Freight. */
  kind: FreightOriginKind;
  /** Name of the resource that made the Freight. */
  name: string;
}

/** Kinds of resources that make Freight. */
export type FreightOriginKind = "Warehouse";

/** What a piece of Freight was when it was referred to. */
export interface FreightReference {
  /** Name of the Freight. */
  name?: string;
  /** Where the Freight comes from. */
  origin?: FreightOrigin;
  /** Commits in the Freight. */
  commits?: GitCommit[];
  /** Container images in the Freight. */
  images?: Image[];
  /** Helm charts in the Freight. */
  charts?: Chart[];
  /** Artifacts of other kinds in the Freight. */
  artifacts?: ArtifactReference[];
}

/** Freight that a Stage takes. */
export interface FreightRequest {
  /** What makes the Freight. */
  origin: FreightOrigin;
  /** Where the Freight may come from. */
  sources: FreightSources;
}

/** Where Freight of one origin may come from. */
export interface FreightSources {
  /** Whether Freight may come straight from its origin. */
  direct?: boolean;
  /** Stages in which Freight must have been verified first. */
  stages?: string[];
  /** How long Freight must have been in those Stages first. */
  requiredSoakTime?: string;
  /** Whether one of those Stages is enough; it is when absent. */
  availabilityStrategy?: FreightAvailabilityStrategy;
  /** How auto-promotion chooses. */
  autoPromotionOptions?: AutoPromotionOptions;
}

/** Where a piece of Freight is and has been. */
export interface FreightStatus {
  /** Stages that run the Freight now, by name. */
  currentlyIn?: Record<string, CurrentStage>;
  /** Stages in which the Freight was verified, by name. */
  verifiedIn?: Record<string, VerifiedStage>;
  /** Stages for which the Freight was approved by hand, by name. */
  approvedFor?: Record<string, ApprovedStage>;
  /** Values that steps have stored with the Freight. */
  metadata?: Record<string, unknown>;
}

/** One frame of a watch: `data: {"type": …, "object": …}`. */
export interface FreightWatchFrame {
  /** `ADDED`, `MODIFIED` or `DELETED`. */
  type: string;
  /** The object after the change. */
  object: Freight;
}

/** What to do with a webhook. */
export interface GenericWebhookAction {
  /** What is done to the selected objects. */
  action: GenericWebhookActionType;
  /** Expression over the request that must be true; always when absent. */
  whenExpression?: string;
  /** Values the action needs. */
  parameters?: Record<string, string>;
  /** Which objects are meant. */
  targetSelectionCriteria?: GenericWebhookTargetSelectionCriteria[];
}

/** What can be done to objects on a webhook. */
export type GenericWebhookActionType = "Refresh";

/** Webhooks of any form. */
export interface GenericWebhookReceiverConfig {
  /** The Secret that holds what the sender proves itself with. */
  secretRef: LocalObjectReference;
  /** What to do with a webhook. */
  actions?: GenericWebhookAction[];
}

/** Kinds of objects a webhook can be about. */
export type GenericWebhookTargetKind = "Warehouse";

/** Which objects a webhook is about; everything given must match. */
export interface GenericWebhookTargetSelectionCriteria {
  /** Kind of the objects. */
  kind: GenericWebhookTargetKind;
  /** Name of the object; may hold expressions over the request. */
  name?: string;
  /** Labels of the objects. */
  labelSelector?: LabelSelector;
  /** What the objects refer to. */
  indexSelector?: IndexSelector;
}

/** Who commits are from. */
export interface GitClientConfig {
  /** Name in commits. */
  name: string;
  /** Email address in commits. */
  email: string;
  /** Secret whose key `signingKey` signs commits. */
  signingKeySecret?: LocalObjectReference;
}

/** A commit in a git repository. */
export interface GitCommit {
  /** URL of the repository. */
  repoURL?: string;
  /** The commit's hash. */
  id?: string;
  /** The branch the commit was found on. */
  branch?: string;
  /** The tag the commit was found by. */
  tag?: string;
  /** First line of the commit's message. */
  message?: string;
  /** Who wrote the change. */
  author?: string;
  /** Who made the commit. */
  committer?: string;
  /** Name of the Warehouse's subscription that found the commit, if it has one. */
  subscriptionName?: string;
}

/** Commits found for one subscription. */
export interface GitDiscoveryResult {
  /** URL of the repository. */
  repoURL: string;
  /** Name of the subscription, if it has one. */
  subscriptionName?: string;
  /** The commits; empty when none qualified. */
  commits?: DiscoveredCommit[];
  /** What the repository's refs were, so that an unchanged repository is not fetched again. */
  observedRefs?: ObservedRefs;
}

/** Health of what a Stage runs. */
export interface Health {
  /** The worst state any check reported. */
  status?: string;
  /** What is wrong, one sentence each. */
  issues?: string[];
  /** What the checks were asked. */
  config?: unknown;
  /** What the checks answered. */
  output?: unknown;
}

/** One check of a Stage's health. */
export interface HealthCheckStep {
  /** Name of the checker. */
  uses: string;
  /** What the checker needs to know. */
  config?: unknown;
}

/** How many of something are well. */
export interface HealthStats {
  /** How many are healthy. */
  healthy?: number;
}

/** A container image at one digest. */
export interface Image {
  /** The image repository, without a tag. */
  repoURL?: string;
  /** The tag the image was found by. */
  tag?: string;
  /** The digest that pins the image's content. */
  digest?: string;
  /** OCI annotations of the image. */
  annotations?: Record<string, string>;
  /** Name of the Warehouse's subscription that found the image, if it has one. */
  subscriptionName?: string;
}

/** Container images found for one subscription. */
export interface ImageDiscoveryResult {
  /** The image repository, without a tag. */
  repoURL: string;
  /** Name of the subscription, if it has one. */
  subscriptionName?: string;
  /** The platform that was asked for, as `os/architecture`. */
  platform?: string;
  /** The images; empty when none qualified. */
  references?: DiscoveredImageReference[];
}

/** The Stages that have, or had, one tag of an image. */
export interface ImageStageMap {
  /** By name of the Stage: how many changes ago. */
  stages: Record<string, number>;
}

/** Selects objects by what they refer to. */
export interface IndexSelector {
  /** Requirements that must all hold. */
  matchIndices?: IndexSelectorRequirement[];
}

/** The indexes that can be asked. */
export type IndexSelectorKey = "subscribedURLs" | "receiverPaths";

/** One requirement on what objects refer to. */
export interface IndexSelectorRequirement {
  /** Which index is asked. */
  key: IndexSelectorKey;
  /** How it is compared: Equal or NotEqual. */
  operator: string;
  /** Value to compare with; may hold expressions over the request. */
  value: string;
}

/** Schema of a Kubernetes label selector. */
export interface LabelSelector {
  /** Requirements that must all hold. */
  matchExpressions: LabelSelectorRequirement[];
  /** Labels that must be present with exactly these values. */
  matchLabels: Record<string, string>;
}

/** One requirement on a label: a key, an operator and values. */
export interface LabelSelectorRequirement {
  /** The label's key. */
  key: string;
  /** How the label is compared: In, NotIn, Exists or DoesNotExist. */
  operator: string;
  /** Values to compare with; empty for Exists and DoesNotExist. */
  values: string[];
}

/** The Promotion that ended last. */
export interface LastPromotion {
  /** Name of the Promotion. */
  name: string;
  /** How it ended. */
  phase: string;
  /** Name of the Freight. */
  freight?: string;
  /** When it ended. */
  finishedAt?: string;
  /** Why it ended so. */
  message?: string;
}

/** Metadata of a list. */
export interface ListMetadata {
  /** Where a watch that follows this list starts. */
  resourceVersion?: string;
}

/** Names an object in the same namespace. */
export interface LocalObjectReference {
  /** Name of the object. */
  name: string;
}

/** Answer of `POST /v1beta1/login`, whose password travels as the bearer token. */
export interface LoginResponse {
  /** The token for all further requests. */
  idToken: string;
}

export interface ManagedFieldsEntry {
  apiVersion?: string;
  fieldsType?: string;
  fieldsV1?: FieldsV1;
  manager?: string;
  operation?: string;
  subresource?: string;
  time?: Time;
}

export type MicroTime = string;

/** Selects objects by name and by labels; everything given must match. */
export interface NameSelector {
  /** A name, `regex:` (or `regexp:`) with a regular expression, or `glob:` with a pattern. */
  name?: string;
  /** Labels that must be present with exactly these values. */
  matchLabels?: Record<string, string>;
  /** Requirements on labels that must all hold. */
  matchExpressions?: LabelSelectorRequirement[];
}

/** A link to a page elsewhere. Title, URL and description may hold expressions. */
export interface NavigationLink {
  /** Text of the link. */
  title: string;
  /** Where the link leads. */
  url: string;
  /** More about the link, shown on hover. */
  description?: string;
  /** Expression that must be true for the link to be shown. */
  if?: string;
}

export interface ObjectMeta {
  annotations?: Record<string, string>;
  creationTimestamp: Time;
  deletionGracePeriodSeconds?: number;
  deletionTimestamp?: Time;
  finalizers?: string[];
  generateName?: string;
  generation?: number;
  labels?: Record<string, string>;
  managedFields?: ManagedFieldsEntry[];
  name: string;
  namespace?: string;
  ownerReferences?: OwnerReference[];
  resourceVersion?: string;
  selfLink?: string;
  uid?: string;
}

export interface ObjectReference {
  apiVersion?: string;
  fieldPath?: string;
  kind?: string;
  name?: string;
  namespace?: string;
  resourceVersion?: string;
  uid?: string;
}

/** Refs of a git repository as they were seen. */
export interface ObservedRefs {
  /** Commit at the head of the branch. */
  branchHead?: string;
  /** The tags. */
  tags?: ObservedTag[];
}

/** A tag of a git repository as it was seen. */
export interface ObservedTag {
  /** The tag. */
  name: string;
  /** What it points at. */
  id: string;
}

/** How to log in with an identity provider. */
export interface OidcConfig {
  /** URL of the provider. */
  issuerUrl: string;
  /** Client id of the UI. */
  clientId: string;
  /** Client id of the command line. */
  cliClientId: string;
  /** Scopes to ask for. */
  scopes: string[];
}

/** How one origin stands. */
export interface OriginExplanation {
  /** Where the Freight comes from. */
  origin: FreightOrigin;
  /** What the Stage runs. */
  current?: string;
  /** What auto-promotion would pick now; also what promoting by origin means. */
  candidate?: string;
  /** Whether a policy promotes on its own. */
  autoPromotion: boolean;
  /** What keeps it from moving. */
  blocking?: Reason;
  /** Every piece of Freight of the origin, newest first. */
  freight?: FreightEligibility[];
}

export interface OwnerReference {
  apiVersion: string;
  blockOwnerDeletion?: boolean;
  controller?: boolean;
  kind: string;
  name: string;
  uid: string;
}

/** Body of `PATCH …/generic-credentials/{name}` and `PATCH …/configmaps/{name}`: what is absent stays. */
export interface PatchDataRequest {
  /** What it is for, for people; empty to remove it. */
  description?: string;
  /** Values to add or change, by key. */
  data?: Record<string, string>;
  /** Keys to remove. */
  removeKeys?: string[];
}

/** Body of `PATCH …/repo-credentials/{name}`: what is absent stays. */
export interface PatchRepoCredentialsRequest {
  /** What they are for, for people; empty to remove it. */
  description?: string;
  /** `git`, `helm` or `image`. */
  type?: string;
  /** URL of the repository. */
  repoUrl?: string;
  /** Whether that URL is a regular expression; means nothing without one. */
  repoUrlIsRegex?: boolean;
  /** User name. */
  username?: string;
  /** Password or token. */
  password?: string;
}

/** Answer of `GET …/ui/permissions`: what the caller may do in the Project. */
export interface Permissions {
  /** Names of the Stages the caller may promote to, and approve Freight for. */
  promote: string[];
  /** May ask Stages to be looked at again. */
  refreshStages: boolean;
  /** May ask Warehouses to look at their repositories again. */
  refreshWarehouses: boolean;
  /** May stop a Promotion. */
  abortPromotions: boolean;
  /** May approve Freight. */
  approveFreight: boolean;
  /** May create Stages. */
  createStages: boolean;
  /** May create Warehouses. */
  createWarehouses: boolean;
}

/** The heartbeat of the stream: shows that the page is fresh, and what the time is. */
export interface Ping {
  /** The server's clock. */
  serverTime: string;
}

/** A Project holds Warehouses, Freight, Stages and Promotions in a namespace of the same name. */
export interface Project {
  apiVersion?: string;
  kind?: string;
  metadata: ObjectMeta;
  /** What was last seen of the Project. */
  status?: ProjectStatus;
}

/** Settings of one Project. There is at most one, and it has the Project's name. */
export interface ProjectConfig {
  apiVersion?: string;
  kind?: string;
  metadata: ObjectMeta;
  /** The settings. */
  spec?: ProjectConfigSpec;
  /** What was last seen of the settings. */
  status?: ProjectConfigStatus;
}

/** Settings of one Project. */
export interface ProjectConfigSpec {
  /** Which Stages promote by themselves. The first policy that selects a Stage counts. */
  promotionPolicies?: PromotionPolicy[];
  /** Webhooks to accept for this Project. */
  webhookReceivers?: WebhookReceiverConfig[];
  /** Links shown with the Project's Freight. */
  freightLinks?: NavigationLink[];
  /** Links shown with the Project's Stages. */
  stageLinks?: NavigationLink[];
  /** When Promotions may start. */
  promotionWindows?: PromotionWindow[];
}

/** What was last seen of a Project's settings. */
export interface ProjectConfigStatus {
  /** Conditions of the settings. */
  conditions?: Condition[];
  /** The generation that was last handled. */
  observedGeneration?: number;
  /** The refresh request that was last handled. */
  lastHandledRefresh?: string;
  /** Where the configured receivers listen. */
  webhookReceivers?: WebhookReceiverDetails[];
}

/** One frame of a watch: `data: {"type": …, "object": …}`. */
export interface ProjectConfigWatchFrame {
  /** `ADDED`, `MODIFIED` or `DELETED`. */
  type: string;
  /** The object after the change. */
  object: ProjectConfig;
}

/** Answer of `GET /v1beta1/projects`. */
export interface ProjectList {
  /** The Projects of this page. */
  items: Project[];
  /** How many there are on all pages together. */
  total: number;
}

/** Counts of what is in a Project. */
export interface ProjectStats {
  /** Counts of Warehouses. */
  warehouses?: WarehouseStats;
  /** Counts of Stages. */
  stages?: StageStats;
}

/** What was last seen of a Project. */
export interface ProjectStatus {
  /** Conditions of the Project. */
  conditions?: Condition[];
  /** How many Warehouses and Stages there are, and how many are well. */
  stats?: ProjectStats;
}

/** Body of `POST …/stages/{stage}/promotions/downstream`: exactly one of the two. */
export interface PromoteDownstreamRequest {
  /** Name of the Freight. */
  freight?: string;
  /** Alias of the Freight. */
  freightAlias?: string;
}

/** Answer of `POST …/stages/{stage}/promotions/downstream`. */
export interface PromoteDownstreamResponse {
  /** The Promotions created, one per Stage. */
  promotions: Promotion[];
  /** What went wrong for the other Stages; the code is 207 then. */
  errors?: string;
}

/** Body of `POST …/stages/{stage}/promotions`: exactly one of the three. */
export interface PromoteRequest {
  /** Name of the Freight. */
  freight?: string;
  /** Alias of the Freight. */
  freightAlias?: string;
  /** `Warehouse/<name>`: whatever auto-promotion would pick. */
  origin?: string;
}

/** A Promotion brings a piece of Freight into a Stage by running steps in order. */
export interface Promotion {
  apiVersion?: string;
  kind?: string;
  metadata: ObjectMeta;
  /** What is promoted where, and how. Never changes. */
  spec: PromotionSpec;
  /** How far it is. */
  status?: PromotionStatus;
}

/** A list of objects as Kubernetes answers it. */
export interface PromotionList {
  apiVersion?: string;
  kind?: string;
  /** The objects. */
  items: Promotion[];
  /** Metadata of the list. */
  metadata: ListMetadata;
}

/** How the selected Stages promote. */
export interface PromotionPolicy {
  /** Name of one Stage. Older form of `stageSelector`. */
  stage?: string;
  /** The Stages meant, by name and by labels. */
  stageSelector?: NameSelector;
  /** Whether new Freight is promoted without anybody asking. */
  autoPromotionEnabled?: boolean;
  /** When to go back to the Freight before. */
  autoRollback?: AutoRollbackOptions;
}

/** What a Stage keeps about a Promotion. */
export interface PromotionReference {
  /** Name of the Promotion. */
  name: string;
  /** The Freight that is promoted. */
  freight?: FreightReference;
  /** How far the Promotion is. */
  status?: PromotionStatus;
  /** When it ended. */
  finishedAt?: string;
}

/** The Freight of a PromotionRequest. */
export interface PromotionRequestFreight {
  /** Name of the Freight. */
  name: string;
}

/** What a Stage keeps about a PromotionRequest. */
export interface PromotionRequestReference {
  /** Name of the PromotionRequest. */
  name: string;
  /** The Freight that is promoted. */
  freight?: PromotionRequestFreight;
  /** Where the PromotionRequest is. */
  phase?: string;
  /** When it ended. */
  finishedAt?: string;
}

/** What is promoted where, and how. */
export interface PromotionSpec {
  /** Name of the Stage. */
  stage: string;
  /** Name of the Freight. */
  freight?: string;
  /** In place of `freight`: whatever Freight of this origin the Stage would promote by itself now. */
  origin?: FreightOrigin;
  /** Name of the Target, when the Stage has several destinations. */
  target?: string;
  /** Variables for the expressions of all steps. */
  vars?: ExpressionVariable[];
  /** The steps, in order, with tasks already replaced by their steps. */
  steps: PromotionStep[];
}

/** How far a Promotion is. */
export interface PromotionStatus {
  /** The refresh request that was last handled. */
  lastHandledRefresh?: string;
  /** Where the Promotion is. */
  phase?: string;
  /** What happened, for people. */
  message?: string;
  /** The Freight that is promoted. */
  freight?: FreightReference;
  /** What the Stage runs when the Promotion has succeeded. */
  freightCollection?: FreightCollection;
  /** Checks that steps want to be run for the Stage's health. */
  healthChecks?: HealthCheckStep[];
  /** When its first step started. */
  startedAt?: string;
  /** When it ended. */
  finishedAt?: string;
  /** Index of the step that is run now. */
  currentStep?: number;
  /** What became of each step so far. */
  stepExecutionMetadata?: StepExecutionMetadata[];
  /** Outputs of the steps so far, by alias. */
  state?: unknown;
}

/** One step: something built in, or a task that stands for several steps. */
export interface PromotionStep {
  /** Name of the built-in step to run. */
  uses?: string;
  /** The task whose steps to run here. */
  task?: PromotionTaskReference;
  /** Name under which later steps find this step's output. */
  as?: string;
  /** Expression that must be true for the step to run. */
  if?: string;
  /** Whether later steps run although this one failed. */
  continueOnError?: boolean;
  /** How often and how long to try. */
  retry?: PromotionStepRetry;
  /** Variables for the expressions of this step. */
  vars?: ExpressionVariable[];
  /** What the step needs to know; its form depends on the step. */
  config?: unknown;
}

/** How often and how long a step is tried. */
export interface PromotionStepRetry {
  /** Time after which the step has failed, counted from its start. The step's own when absent. */
  timeout?: string;
  /** Number of errors in a row after which the step has failed. The step's own when absent. */
  errorThreshold?: number;
}

/** A list of steps that Stages of the same Project can use as one. */
export interface PromotionTask {
  apiVersion?: string;
  kind?: string;
  metadata: ObjectMeta;
  /** Variables and steps of the task. */
  spec: PromotionTaskSpec;
}

/** Kinds of tasks. */
export type PromotionTaskKind = "PromotionTask" | "ClusterPromotionTask";

/** A list of objects as Kubernetes answers it. */
export interface PromotionTaskList {
  apiVersion?: string;
  kind?: string;
  /** The objects. */
  items: PromotionTask[];
  /** Metadata of the list. */
  metadata: ListMetadata;
}

/** Names a PromotionTask or a ClusterPromotionTask. */
export interface PromotionTaskReference {
  /** Name of the task. */
  name: string;
  /** Kind of the task; PromotionTask when absent. */
  kind?: PromotionTaskKind;
}

/** Variables and steps of a task. */
export interface PromotionTaskSpec {
  /** Variables of the task. One without a value must be given by the step that uses the task. */
  vars?: ExpressionVariable[];
  /** The steps, in order. They may not use tasks themselves. */
  steps: PromotionStep[];
}

/** How Freight gets into a Stage. */
export interface PromotionTemplate {
  /** Variables and steps of the Promotions to come. */
  spec: PromotionTemplateSpec;
}

/** Variables and steps of the Promotions to come. */
export interface PromotionTemplateSpec {
  /** Variables for the expressions of all steps. */
  vars?: ExpressionVariable[];
  /** The steps, in order. */
  steps?: PromotionStep[];
}

/** One frame of a watch: `data: {"type": …, "object": …}`. */
export interface PromotionWatchFrame {
  /** `ADDED`, `MODIFIED` or `DELETED`. */
  type: string;
  /** The object after the change. */
  object: Promotion;
}

/** A recurring time in which Promotions are allowed or denied. */
export interface PromotionWindow {
  /** Name of the window, unique in its list. */
  name: string;
  /** Whether the window allows or denies. */
  kind: PromotionWindowKind;
  /** The Stages it applies to; all when absent. */
  stageSelector?: NameSelector;
  /** The Projects it applies to; all when absent. Only in the ClusterConfig. */
  projectSelector?: NameSelector;
  /** How the window recurs, as an RFC 5545 RRULE; once when absent. */
  rrule?: string;
  /** Start of the first occurrence, as an iCalendar DTSTART with time zone. */
  dtstart?: string;
  /** End of the first occurrence, as an iCalendar DTEND with time zone. */
  dtend?: string;
}

/** What a promotion window does. */
export type PromotionWindowKind = "Allow" | "Deny";

/** Whether promotion windows let Promotions start. */
export interface PromotionWindowStatus {
  /** Whether Promotions may not start now. */
  closed: boolean;
  /** Why not. */
  reason?: string;
  /** When Promotions may start again. */
  nextOpen?: string;
  /** When Promotions may no longer start. */
  nextClose?: string;
  /** Why Promotions may no longer start then. */
  nextCloseReason?: string;
}

/** Answer of `GET /v1beta1/system/public-server-config`, for callers who are not logged in. */
export interface PublicConfig {
  /** Whether there is an admin account to log in to. */
  adminAccountEnabled: boolean;
  /** Whether everybody is let in without a login. */
  skipAuth: boolean;
  /** How to log in with an identity provider. */
  oidcConfig?: OidcConfig;
}

/** A Promotion that waits. */
export interface QueuedPromotion {
  /** Its name. */
  name: string;
  /** The Freight it promotes. */
  freight?: string;
  /** How many are before it, the running one included. */
  ahead: number;
  /** What it waits for. */
  because?: Reason[];
}

/** One reason why something is not happening. */
export interface Reason {
  /** Which kind of reason; programs and user interfaces branch on it. */
  code: ReasonCode;
  /** One sentence for people. */
  message: string;
  /** The object in which the blocking fact can be seen. */
  evidence?: ObjectReference;
  /** When the reason ends by itself, if it does. */
  unblocksAt?: Time;
  /** What a person can do about it: the id of an action (`approve`, `promote`, `reverify`…). */
  fix?: string;
}

/** The reasons there are. */
export type ReasonCode =
  | "already_current"
  | "auto_promotion_hold"
  | "control_flow"
  | "controller_dead"
  | "freeze_window"
  | "needs_approval"
  | "not_in_upstream"
  | "not_verified"
  | "origin_not_requested"
  | "policy_match_upstream"
  | "policy_off"
  | "promotion_failed"
  | "promotion_running"
  | "queued"
  | "rbac_denied"
  | "soaking"
  | "spec_invalid"
  | "stage_paused"
  | "verification_failed"
  | "verification_running";

/** What became of one manifest; one of the fields is set. */
export interface ResourceResult {
  /** The object that was created. */
  createdResourceManifest?: unknown;
  /** The object that was changed. */
  updatedResourceManifest?: unknown;
  /** The manifest whose object was deleted. */
  deletedResourceManifest?: unknown;
  /** Why nothing was done. */
  error?: string;
}

/** Answer of `POST` and `PUT /v1beta1/resources`. */
export interface ResourceResults {
  /** One result per manifest, Projects first. */
  results: ResourceResult[];
}

export interface Secret {
  apiVersion?: string;
  data?: Record<string, string>;
  immutable?: boolean;
  kind?: string;
  metadata: ObjectMeta;
  stringData?: Record<string, string>;
  type?: string;
}

export interface SecretList {
  apiVersion?: string;
  kind?: string;
  items: Secret[];
  metadata: ListMetadata;
}

/** Answer of `GET /v1beta1/system/server-config`. */
export interface ServerConfig {
  /** Argo CD instances by shard. */
  argocdShards: Record<string, ArgoCdShard>;
  /** Whether logs of analysis runs can be shown. */
  hasAnalysisRunLogsUrlTemplate: boolean;
  /** The namespace Kargo runs in. */
  kargoNamespace: string;
  /** Whether Secrets can be managed here. */
  secretManagementEnabled: boolean;
  /** Where shared Secrets and ConfigMaps are. */
  sharedResourcesNamespace: string;
  /** Where the system's Secrets and ConfigMaps are. */
  systemResourcesNamespace: string;
}

/** Answer of `GET` and `POST /v1beta1/ui/session`: who the caller is. */
export interface Session {
  /** The caller as written into annotations and events: `admin`, `email:…`, `kubernetes:…`. */
  actor: string;
  /** Groups of the caller in Kubernetes. */
  groups: string[];
  /** Whether the caller is the built-in administrator. */
  admin: boolean;
  /** Whether authentication is off. */
  skipAuth: boolean;
  /** The server's clock; countdowns in the UI count against it. */
  serverTime: string;
}

/** Body of `POST /v1beta1/ui/session`: exactly one of the two. Ours beyond Kargo. */
export interface SessionRequest {
  /** Password of the admin account. */
  password?: string;
  /** A token that Kubernetes or this server issued. */
  token?: string;
}

/** A Stage is a place Freight can run. */
export interface Stage {
  apiVersion?: string;
  kind?: string;
  metadata: ObjectMeta;
  /** Where Freight comes from and how it gets here. */
  spec: StageSpec;
  /** What runs here, and how well. */
  status?: StageStatus;
}

/** Answer of `GET /v1beta1/projects/{project}/stages/{stage}/explain`. */
export interface StageExplanation {
  /** The Project. */
  project: string;
  /** The Stage. */
  stage: string;
  /** One sentence for people. */
  summary: string;
  /** The one fact that keeps the Stage from moving; nothing when it moves or is about to. */
  blocking?: Reason;
  /** When that fact clears by itself; nothing when somebody must do something or an event must come. */
  clearsAt?: Time;
  /** The Promotion that runs. */
  running?: string;
  /** The Promotions that wait, the next one first. */
  queue?: QueuedPromotion[];
  /** One per requested origin. */
  origins?: OriginExplanation[];
}

/** A list of objects as Kubernetes answers it. */
export interface StageList {
  apiVersion?: string;
  kind?: string;
  /** The objects. */
  items: Stage[];
  /** Metadata of the list. */
  metadata: ListMetadata;
}

/** The one word for a Stage's state; the first that applies. */
export type StagePhase = "promoting" | "verifying" | "failed" | "reconciling" | "ready" | "empty";

/** Where Freight comes from and how it gets here. */
export interface StageSpec {
  /** The shard whose controller handles the Stage; the default controller when absent. */
  shard?: string;
  /** Variables for the expressions of all steps and of the verification. */
  vars?: ExpressionVariable[];
  /** The Freight the Stage takes, at most once for each origin. */
  requestedFreight: FreightRequest[];
  /** How Freight gets here. Without steps the Stage only controls the flow of Freight. */
  promotionTemplate?: PromotionTemplate;
  /** How Freight is verified here. */
  verification?: Verification;
  /** The destinations of the Stage, when it has several. */
  targets?: StageTargets;
}

/** Counts of Stages. */
export interface StageStats {
  /** How many there are. */
  count?: number;
  /** How many are well. */
  health?: HealthStats;
}

/** What runs in a Stage, and how well. */
export interface StageStatus {
  /** The refresh request that was last handled. */
  lastHandledRefresh?: string;
  /** Values that steps have stored with the Stage. */
  metadata?: Record<string, unknown>;
  /** Conditions of the Stage. */
  conditions?: Condition[];
  /** The generation that was last handled. */
  observedGeneration?: number;
  /** What the Stage has run, newest first; the first entry runs now. */
  freightHistory?: FreightCollection[];
  /** What runs now, in a few words. */
  freightSummary?: string;
  /** How well what runs is doing. */
  health?: Health;
  /** The Promotion that is running. */
  currentPromotion?: PromotionReference;
  /** The Promotion that ended last. */
  lastPromotion?: PromotionReference;
  /** The PromotionRequest that is running. */
  currentPromotionRequest?: PromotionRequestReference;
  /** The PromotionRequest that ended last. */
  lastPromotionRequest?: PromotionRequestReference;
  /** Whether the Stage promotes new Freight by itself. */
  autoPromotionEnabled?: boolean;
  /** Holds on auto-promotion, by origin (`Warehouse/<name>`). */
  autoPromotionHolds?: Record<string, AutoPromotionHold>;
  /** The holds that count now, by origin; worked out from holds and running Promotions. */
  effectiveAutoPromotionHolds?: Record<string, AutoPromotionHold>;
  /** Whether promotion windows let Promotions start. */
  promotionWindowStatus?: PromotionWindowStatus;
}

/** Which Targets belong to a Stage. */
export interface StageTargets {
  /** A Target belongs to the Stage when any of these selects it. An empty selector selects all. */
  selectors: LabelSelector[];
}

/** One frame of a watch: `data: {"type": …, "object": …}`. */
export interface StageWatchFrame {
  /** `ADDED`, `MODIFIED` or `DELETED`. */
  type: string;
  /** The object after the change. */
  object: Stage;
}

/** What became of one step of a Promotion. */
export interface StepExecutionMetadata {
  /** Alias of the step. */
  alias?: string;
  /** When it first started. */
  startedAt?: string;
  /** When it ended. */
  finishedAt?: string;
  /** How many errors in a row there were. */
  errorCount?: number;
  /** How it ended, or where it is. */
  status?: string;
  /** What happened, for people. */
  message?: string;
  /** Whether later steps run although this one failed. */
  continueOnError?: boolean;
}

/** The tags of one image, in the answer of `GET …/images`. */
export interface TagMap {
  /** By tag. */
  tags: Record<string, ImageStageMap>;
}

export type Time = string;

/** Body of `PUT …/generic-credentials/{name}` and `PUT …/configmaps/{name}`, which replaces everything. */
export interface UpdateDataRequest {
  /** What it is for, for people. */
  description?: string;
  /** Whether every Project gets a copy; only for what is shared. */
  replicate?: boolean;
  /** Values by key. */
  data: Record<string, string>;
}

/** Body of `PUT …/repo-credentials/{name}`, which replaces everything. */
export interface UpdateRepoCredentialsRequest {
  /** What they are for, for people. */
  description?: string;
  /** What is in the repository: `git`, `helm` or `image`. */
  type: string;
  /** URL of the repository. */
  repoUrl: string;
  /** Whether the URL is a regular expression. */
  repoUrlIsRegex?: boolean;
  /** User name. */
  username: string;
  /** Password or token. */
  password: string;
}

/** How Freight is verified after a Promotion. */
export interface Verification {
  /** Templates from which one AnalysisRun is made. */
  analysisTemplates?: AnalysisTemplateReference[];
  /** Labels and annotations for the AnalysisRun. */
  analysisRunMetadata?: AnalysisRunMetadata;
  /** Arguments for the AnalysisRun. */
  args?: AnalysisRunArgument[];
}

/** One verification of what a Stage runs. */
export interface VerificationInfo {
  /** Id of the verification. */
  id?: string;
  /** Who asked for it, if somebody did. */
  actor?: string;
  /** When it started. */
  startTime?: string;
  /** When it ended. */
  finishTime?: string;
  /** Where it is. */
  phase?: string;
  /** What happened, for people. */
  message?: string;
  /** The AnalysisRun that does the work. */
  analysisRun?: AnalysisRunReference;
}

/** That Freight was verified in a Stage. */
export interface VerifiedStage {
  /** When the Freight was verified in the Stage. */
  verifiedAt?: string;
  /** The longest time the Freight stayed in the Stage, once it has left it. */
  longestSoak?: string;
}

/** Answer of `GET /v1beta1/system/server-version`. Field names are those of Kargo, which is written in Go. */
export interface VersionInfo {
  /** Version for people. */
  version: string;
  /** Commit the program was built from. */
  gitCommit: string;
  /** Whether there were changes that the commit does not hold. */
  gitTreeDirty: boolean;
  /** When it was built. */
  buildDate: string;
  /** What compiled it. */
  compiler: string;
  /** Always empty; Kargo's clients expect the field. */
  goVersion: string;
  /** Operating system and processor. */
  platform: string;
}

/** A Warehouse watches artifact repositories and makes Freight of new revisions. */
export interface Warehouse {
  apiVersion?: string;
  kind?: string;
  metadata: ObjectMeta;
  /** What to watch, and when to make Freight. */
  spec: WarehouseSpec;
  /** What was last found. */
  status?: WarehouseStatus;
}

/** A list of objects as Kubernetes answers it. */
export interface WarehouseList {
  apiVersion?: string;
  kind?: string;
  /** The objects. */
  items: Warehouse[];
  /** Metadata of the list. */
  metadata: ListMetadata;
}

/** The one word for a Warehouse's state. */
export type WarehousePhase = "failed" | "reconciling" | "ready";

/** What to watch, and when to make Freight. */
export interface WarehouseSpec {
  /** The shard whose controller handles the Warehouse; the default controller when absent. */
  shard?: string;
  /** How often to look. The operators may set a longer minimum. */
  interval: string;
  /** Whether Freight is made as soon as something new is found. */
  freightCreationPolicy?: FreightCreationPolicy;
  /** What must hold for Freight to be made without anybody asking. */
  freightCreationCriteria?: FreightCreationCriteria;
  /**
   * The repositories to watch: objects with one key that names the type of subscription
   * (`image`, `git`, `chart` or another) and, if wanted, `name`.
   */
  subscriptions: unknown[];
}

/** Counts of Warehouses. */
export interface WarehouseStats {
  /** How many there are. */
  count?: number;
  /** How many are well. */
  health?: HealthStats;
}

/** What was last found. */
export interface WarehouseStatus {
  /** Conditions of the Warehouse. */
  conditions?: Condition[];
  /** The refresh request that was last handled. */
  lastHandledRefresh?: string;
  /** The generation that was last handled. */
  observedGeneration?: number;
  /** Name of the Freight that was last made. */
  lastFreightID?: string;
  /** What the last look at the repositories found. */
  discoveredArtifacts?: DiscoveredArtifacts;
}

/** One frame of a watch: `data: {"type": …, "object": …}`. */
export interface WarehouseWatchFrame {
  /** `ADDED`, `MODIFIED` or `DELETED`. */
  type: string;
  /** The object after the change. */
  object: Warehouse;
}

/** A receiver of webhooks. Exactly one sender must be set. */
export interface WebhookReceiverConfig {
  /** Name of the receiver, unique in its list. */
  name: string;
  /** Accepts webhooks of Artifactory. */
  artifactory?: ArtifactoryWebhookReceiverConfig;
  /** Accepts webhooks of Azure Container Registry and Azure DevOps. */
  azure?: WebhookReceiverSecret;
  /** Accepts webhooks of Bitbucket. */
  bitbucket?: WebhookReceiverSecret;
  /** Accepts webhooks of Docker Hub. */
  dockerhub?: WebhookReceiverSecret;
  /** Accepts webhooks of any form and says itself what they mean. */
  generic?: GenericWebhookReceiverConfig;
  /** Accepts webhooks of Gitea. */
  gitea?: WebhookReceiverSecret;
  /** Accepts webhooks of GitHub. */
  github?: WebhookReceiverSecret;
  /** Accepts webhooks of GitLab. */
  gitlab?: WebhookReceiverSecret;
  /** Accepts webhooks of Harbor. */
  harbor?: WebhookReceiverSecret;
  /** Accepts webhooks of Quay. */
  quay?: WebhookReceiverSecret;
}

/** Where a configured receiver listens. */
export interface WebhookReceiverDetails {
  /** Name of the receiver. */
  name?: string;
  /** Path of its URL. */
  path?: string;
  /** The whole URL to give to the sender. */
  url?: string;
}

/** A sender of webhooks that is recognised by a shared secret. */
export interface WebhookReceiverSecret {
  /** The Secret that holds what the sender proves itself with. */
  secretRef: LocalObjectReference;
}
