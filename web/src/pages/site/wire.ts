// What the server keeps for the page of a site beside the estate: the floor plan,
// the curve of a day, and the links of screens.

import { ApiError, raw } from '../../lib/api/client';

/** Where a charger stands on the picture, as shares of its width and height. */
export interface Spot {
  chargerId: number;
  x: number;
  y: number;
}

export interface Plan {
  /** Where the picture is, null while there is none. */
  picture: string | null;
  chargers: Spot[];
}

export interface PowerPoint {
  timestamp: string;
  powerKw: number | null;
  limitKw: number | null;
}

export interface ScreenLink {
  id: number;
  name: string;
  createdAt: string;
  lastUsedAt: string | null;
}

async function json<T>(path: string, init?: RequestInit): Promise<T> {
  const answer = await raw(path, init);
  const body: { data: T } = await answer.json();
  return body.data;
}

function withBody(method: string, body: unknown): RequestInit {
  return { method, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) };
}

/** readPlan asks for the plan of a site; a site without one has no picture and no spots. */
export async function readPlan(siteId: number): Promise<Plan> {
  const plan = await json<{ picture: { url: string } | null; chargers: Spot[] }>(`/api/sites/${siteId}/plan`);
  // The address is another one when the picture is.
  return { picture: plan.picture?.url ?? null, chargers: plan.chargers };
}

/** readPicture fetches the picture itself: a screen must show its key, which an img cannot. */
export async function readPicture(path: string): Promise<ImageBitmap> {
  return createImageBitmap(await (await raw(path)).blob());
}

export function savePlan(siteId: number, chargers: Spot[]): Promise<Response> {
  return raw(`/api/admin/sites/${siteId}/plan`, withBody('PUT', { chargers }));
}

export function removePlan(siteId: number): Promise<Response> {
  return raw(`/api/admin/sites/${siteId}/plan/picture`, { method: 'DELETE' });
}

/** sendPicture uploads a picture and tells how far it is, 0 to 1; fetch cannot tell. */
export function sendPicture(siteId: number, file: File, progress: (share: number) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const r = new XMLHttpRequest();
    r.open('PUT', `/api/admin/sites/${siteId}/plan/picture`);
    r.setRequestHeader('Content-Type', file.type);
    r.upload.onprogress = (e) => e.lengthComputable && progress(e.loaded / e.total);
    r.onerror = () => reject(new ApiError('The server cannot be reached.', 0, null));
    r.onload = () => {
      if (r.status >= 200 && r.status < 300) return resolve();
      let said = `The server answered ${r.status}.`;
      try {
        const body: unknown = JSON.parse(r.responseText);
        if (body && typeof body === 'object' && 'error' in body && typeof body.error === 'string') said = body.error;
      } catch {
        // It was a proxy that answered, not the server.
      }
      reject(new ApiError(said, r.status, r.getResponseHeader('X-Request-Id')));
    };
    r.send(file);
  });
}

/** readCurve asks for the power of a site in a time. */
export async function readCurve(siteId: number, from: Date, to: Date): Promise<PowerPoint[]> {
  const query = new URLSearchParams({ from: from.toISOString(), to: to.toISOString() });
  return (await json<{ points: PowerPoint[] }>(`/api/sites/${siteId}/power-curve?${query}`)).points;
}

export function listScreens(siteId: number): Promise<ScreenLink[]> {
  return json(`/api/admin/sites/${siteId}/screens`);
}

/** addScreen makes a link; its whole address is told this once. */
export async function addScreen(siteId: number, name: string): Promise<string> {
  const made = await json<{ link: string }>(`/api/admin/sites/${siteId}/screens`, withBody('POST', { name }));
  return new URL(made.link, location.origin).href;
}

export function revokeScreen(siteId: number, id: number): Promise<Response> {
  return raw(`/api/admin/sites/${siteId}/screens/${id}`, { method: 'DELETE' });
}
