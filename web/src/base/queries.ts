// What several screens ask for, each under one name, so that a change shows everywhere at once.
import { createQuery, QueryClient } from '@tanstack/svelte-query';
import { ApiError, call, page } from './api';
import type { Deployment, Environment, Job, Model } from './types';

export const client = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 2_000,
      retry: (times, error) => times < 2 && error instanceof ApiError && (error.status === 0 || error.status >= 502),
      refetchOnWindowFocus: true,
    },
  },
});

export function refresh(...names: string[]): Promise<unknown> {
  return Promise.all(names.map((name) => client.invalidateQueries({ queryKey: [name] })));
}

export const environmentsQuery = (enabled: () => boolean = () => true) =>
  createQuery(() => ({
    queryKey: ['environments'],
    queryFn: () => call<Environment[]>('GET /api/environments'),
    refetchInterval: (query) => (query.state.data?.some((one) => one.state === 'loading') ? 1_000 : 5_000),
    enabled: enabled(),
  }));

export const modelsQuery = (limit: () => number, enabled: () => boolean = () => true) =>
  createQuery(() => ({
    queryKey: ['models', limit()],
    queryFn: () => page<Model>('GET /api/projects/{project}/models', { query: { limit: limit() } }),
    refetchInterval: 15_000,
    placeholderData: (before) => before,
    enabled: enabled(),
  }));

export const jobsQuery = (limit: () => number, enabled: () => boolean = () => true) =>
  createQuery(() => ({
    queryKey: ['jobs', limit()],
    queryFn: () => page<Job>('GET /api/projects/{project}/models/jobs', { query: { limit: limit() } }),
    refetchInterval: 10_000,
    placeholderData: (before) => before,
    enabled: enabled(),
  }));

export const deploymentsQuery = (limit: number, environment: () => string = () => '', enabled: () => boolean = () => true) =>
  createQuery(() => ({
    queryKey: ['deployments', environment(), limit],
    queryFn: () =>
      environment()
        ? call<Deployment[]>('GET /api/environments/{environment}/deployments', { path: { environment: environment() }, query: { limit } })
        : call<Deployment[]>('GET /api/deployments', { query: { limit } }),
    refetchInterval: 10_000,
    enabled: enabled(),
  }));
