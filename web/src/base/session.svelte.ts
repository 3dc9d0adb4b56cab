// Who is signed in. A person has a session cookie, which scripts cannot read; an access token is kept for this tab only.
import { ApiError, call, credentials, whenSignedOut } from './api';
import { allows } from './rights';
import type { Me } from './types';

class Session {
  me = $state.raw<Me | null>(null);
  known = $state(false);
  ended = $state(false);
  failure = $state.raw<unknown>(null);

  may(needed: string): boolean {
    return allows(this.me?.permissions ?? [], needed);
  }
  async begin(): Promise<void> {
    this.failure = null;
    if (credentials.expected) {
      try {
        this.take(await call<Me>('GET /api/user'));
      } catch (error) {
        if (!(error instanceof ApiError && error.status === 401)) this.failure = error;
      }
    }
    this.known = true;
  }
  async signIn(username: string, password: string): Promise<void> {
    credentials.token = '';
    const opened = await call<{ csrf_token: string }>('POST /api/sessions', { body: { username, password } });
    credentials.csrf = opened.csrf_token;
    credentials.expected = true;
    this.take(await call<Me>('GET /api/user'));
  }
  async signInWithToken(token: string): Promise<void> {
    credentials.token = token;
    try {
      this.take(await call<Me>('GET /api/user'));
    } catch (error) {
      credentials.token = '';
      throw error;
    }
  }
  async signOut(): Promise<void> {
    if (!credentials.token) await call('DELETE /api/sessions');
    this.forget(false);
  }
  forget(ended: boolean): void {
    this.ended = ended && this.me !== null;
    this.me = null;
    credentials.csrf = '';
    credentials.token = '';
    credentials.expected = false;
  }
  private take(me: Me): void {
    this.me = me;
    this.ended = false;
    if (me.csrf_token) credentials.csrf = me.csrf_token;
  }
}

export const session = new Session();
whenSignedOut(() => session.forget(true));
