// An error as people read it: the server's own message and help, or ours when it did not answer.
import { ApiError } from './api';
import { t } from './i18n.svelte';

export interface Failure {
  title: string;
  help: string;
  requestId: string;
  forbidden: boolean;
}

export function failureOf(error: unknown): Failure {
  if (error instanceof ApiError) {
    const title = error.status === 0 ? t('error.unreachable') : error.message || t('error.status', { status: error.status });
    return { title, help: error.help, requestId: error.requestId, forbidden: error.status === 403 };
  }
  return { title: error instanceof Error ? error.message : String(error), help: '', requestId: '', forbidden: false };
}
