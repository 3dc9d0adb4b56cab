// What the API answers with, as far as the UI uses it.
export interface Me {
  username: string;
  roles: string[];
  permissions: string[];
  csrf_token?: string;
}
export interface Environment {
  name: string;
  url: string | null;
  kind: 'embedded' | 'remote';
  epoch: number;
  wanted: string | null;
  serving: string | null;
  state: string;
  version?: string | null;
  draining?: number;
  since?: number;
  last_seen?: number | null;
  failure: string | null;
}
export interface Model {
  model: string;
  hash: string;
  tags: string[];
  trained_at: number;
  version: string;
  type: string;
  is_compatible: boolean;
  number: number;
  bytes: number;
  fingerprint: string;
  created_at: number;
  created_by: string;
  metrics: Record<string, unknown> | null;
}
export interface Deployment {
  id: number;
  environment: string;
  model: string | null;
  previous_model: string | null;
  epoch: number;
  actor: string;
  reason: string;
  at: number;
}
export interface Diagnostic {
  severity?: string;
  file?: string;
  line?: number;
  column?: number;
  message?: string;
  help?: string;
  code?: string;
}
export interface Job {
  id: string;
  state: 'queued' | 'training' | 'done' | 'failed' | 'cancelled';
  step: string;
  fraction: number;
  eta_seconds: number | null;
  model: string | null;
  diagnostics: Diagnostic[];
  error: string | null;
  message: string;
  actor: string;
  created_at: number;
  finished_at: number | null;
}
export interface Entity {
  entity: string;
  start?: number;
  end?: number;
  value: unknown;
  extractor?: string;
  confidence_entity?: number;
  role?: string;
  group?: string;
}
export interface ParseData {
  text: string;
  intent: { name: string | null; confidence: number };
  entities: Entity[];
  intent_ranking: { name: string; confidence: number }[];
}
export interface Button {
  title: string;
  payload: string;
}
export interface Event {
  event: string;
  timestamp: number;
  seq?: number;
  name?: string;
  text?: string | null;
  value?: unknown;
  policy?: string | null;
  confidence?: number | null;
  parse_data?: ParseData;
  data?: { buttons?: Button[] | null; image?: string | null; custom?: unknown } | null;
  model_digest?: string;
  is_flagged?: boolean;
}
export interface Reply {
  recipient_id: string;
  text?: string;
  image?: string;
  buttons?: Button[];
  custom?: unknown;
}
export interface Conversation {
  conversation_id: string;
  environment: string;
  latest_event_time: number;
  latest_input_channel: string;
  intents: string[];
  actions: string[];
  minimum_action_confidence: number | null;
  n_user_messages: number;
  n_events: number;
  flagged_messages: number[];
  tags: { id?: number | string; value?: string; name?: string; color?: string }[] | string[];
  review_status: string;
  model: string;
}
/** Turns of one minute; times are seconds. */
export interface TrafficMinute {
  at: number;
  turns: number;
  failed: number;
  p50: number;
  p95: number;
}
export interface Statistics {
  conversations: number;
  user_messages: number;
  bot_messages: number;
  top_intents: unknown[];
}
export interface User {
  username: string;
  roles: string[];
  enabled: boolean;
  authentication_mechanism: string;
  created_at: number;
}
export interface Role {
  role: string;
  description: string;
  is_default: boolean;
  permissions: string[];
}
export interface Token {
  id: string;
  name: string;
  kind: string;
  environment: string | null;
  scopes: string[];
  created_by: string;
  created_at: number;
  expires_at: number | null;
  token?: string;
}
export interface AuditRecord {
  number: number;
  at: number;
  actor: string;
  address: string;
  action: string;
  subject: string;
  before: unknown;
  after: unknown;
}
