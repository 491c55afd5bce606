// Who looks at the page, and what they may do.

import { ApiError, raw } from './api/client';

export interface User {
  id: number;
  email: string;
  name: string | null;
  role: 'owner' | 'manager' | 'viewer';
  organizationId: number;
  siteIds: number[];
}

export interface SignIn {
  user: User | null;
  key: { id: number; name: string; siteIds: number[]; chargerIds: number[] } | null;
  permissions: string[];
  organization: { id: number; name: string };
  expiresAt: string | null;
}

/** who is asked for once when the console opens; signIn is null while nobody is signed in. */
export const who: { known: boolean; signIn: SignIn | null } = $state({ known: false, signIn: null });

/** may reports whether the reader may do what needs a permission: read, control or manage. */
export function may(permission: 'read' | 'control' | 'manage'): boolean {
  return who.signIn?.permissions.includes(permission) ?? false;
}

/** owns reports whether the reader may change users, keys and the like. */
export function owns(): boolean {
  return who.signIn?.user?.role === 'owner' || (who.signIn?.user === null && may('manage'));
}

/** findOut asks the server who is signed in. */
export async function findOut(): Promise<void> {
  try {
    const answer = await raw('/api/sign-in');
    const body: { data: SignIn } = await answer.json();
    who.signIn = body.data;
    who.known = true;
  } catch (e) {
    if (!(e instanceof ApiError) || e.status !== 401) throw e;
    who.signIn = null;
    who.known = true;
  }
}

export async function signOut(): Promise<void> {
  await raw('/api/sign-in', { method: 'DELETE' });
  location.assign('/sign-in');
}
