// The bulk import of cards: rows of a spreadsheet, and what they would change.

export interface Card {
  ocppIdTag: string;
  name: string;
  type: 'RFID' | 'Vehicle';
  authorizationStatus: 'Authorized' | 'Revoked';
  customer: { name: string } | null;
}

export type Problem = 'noTag' | 'noName' | 'longTag' | 'kind' | 'state' | 'twice' | 'fixed';

/** A Row is one line of the file. What it leaves out stays as it is. */
export interface Row {
  line: number;
  tag: string;
  name: string;
  type: 'RFID' | 'Vehicle' | null;
  state: 'Authorized' | 'Revoked' | null;
  /** null: the file has no such column; "" takes the customer away. */
  customer: string | null;
  problem: Problem | null;
}

/** parseCsv reads rows of cells; commas, semicolons or tabs part them, quotes may hold them. */
export function parseCsv(text: string): { line: number; cells: string[] }[] {
  const rows: { line: number; cells: string[] }[] = [];
  let line = 1; // of the file, where the row begins
  let lines = 1; // read so far
  const head = text.slice(0, text.search(/[\r\n]/) < 0 ? text.length : text.search(/[\r\n]/));
  const by = [',', ';', '\t'].reduce((best, s) => (head.split(s).length > head.split(best).length ? s : best), ',');
  let row: string[] = [];
  let cell = '';
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    const c = text[i]!;
    if (c === '\n' || (c === '\r' && text[i + 1] !== '\n')) lines++;
    if (quoted) {
      if (c !== '"') cell += c;
      else if (text[i + 1] === '"') {
        cell += '"';
        i++;
      } else quoted = false;
    } else if (c === '"' && cell.trim() === '') {
      cell = '';
      quoted = true;
    } else if (c === by) {
      row.push(cell);
      cell = '';
    } else if (c === '\n' || c === '\r') {
      if (c === '\r' && text[i + 1] === '\n') continue; // one end of a line
      rows.push({ line, cells: [...row, cell] });
      row = [];
      cell = '';
      line = lines;
    } else cell += c;
  }
  if (cell !== '' || row.length > 0) rows.push({ line, cells: [...row, cell] });
  return rows.map((r) => ({ line: r.line, cells: r.cells.map((c) => c.trim()) })).filter((r) => r.cells.some((c) => c !== ''));
}

const columns: Record<string, string[]> = {
  tag: ['number', 'tag', 'ocppidtag', 'idtag', 'uid', 'rfid'],
  name: ['name', 'label'],
  type: ['kind', 'type'],
  state: ['state', 'status', 'authorizationstatus'],
  customer: ['customer', 'driver', 'owner'],
};
const types: Record<string, 'RFID' | 'Vehicle'> = { rfid: 'RFID', card: 'RFID', vehicle: 'Vehicle', car: 'Vehicle' };
const states: Record<string, 'Authorized' | 'Revoked'> = { authorized: 'Authorized', active: 'Authorized', revoked: 'Revoked', blocked: 'Revoked' };

/** A sign that a spreadsheet would take for the begin of a formula. */
const formula = /^[=+\-@\t]/;

/** plain takes the quote away that keeps a spreadsheet from taking a cell for a formula. */
function plain(cell: string): string {
  return cell.startsWith("'") && formula.test(cell.slice(1)) ? cell.slice(1) : cell;
}

/** rowsOf reads a file; null when its first row does not name the columns. */
export function rowsOf(text: string): Row[] | null {
  const [head, ...lines] = parseCsv(text.replace(/^\uFEFF/, ''));
  const named = (head?.cells ?? []).map((h) => h.toLowerCase().replace(/[^a-z]/g, ''));
  const at = (column: string) => named.findIndex((h) => columns[column]?.includes(h));
  if (at('tag') < 0 || at('name') < 0) return null;
  const seen = new Set<string>();
  return lines.map(({ line, cells }) => {
    const cell = (column: string) => (at(column) < 0 ? null : plain(cells[at(column)] ?? ''));
    const tag = cell('tag') ?? '';
    const kind = cell('type');
    const state = cell('state');
    // Without a word about it a new one is a card, and one that is there stays what it is.
    const type = kind === null || kind === '' ? null : types[kind.toLowerCase()];
    const allowed = state === null || state === '' ? null : states[state.toLowerCase()];
    let problem: Problem | null = null;
    if (tag === '') problem = 'noTag';
    else if (tag.length > 36) problem = 'longTag';
    else if (!cell('name')) problem = 'noName';
    else if (type === undefined) problem = 'kind';
    else if (allowed === undefined) problem = 'state';
    else if (seen.has(tag.toLowerCase())) problem = 'twice';
    seen.add(tag.toLowerCase());
    return { line, tag, name: cell('name') ?? '', type: type ?? null, state: allowed ?? null, customer: cell('customer'), problem };
  });
}

export type Outcome = 'new' | 'changed' | 'same' | 'wrong';

export interface Planned {
  row: Row;
  outcome: Outcome;
  changes: { field: 'name' | 'state' | 'customer'; old: string; next: string }[];
}

/** plan tells what each row would change of the cards that there are. */
export function plan(rows: Row[], cards: Card[]): Planned[] {
  const known = new Map(cards.map((c) => [c.ocppIdTag.toLowerCase(), c]));
  return rows.map((row) => {
    if (row.problem) return { row, outcome: 'wrong', changes: [] };
    const card = known.get(row.tag.toLowerCase());
    if (!card) return { row, outcome: 'new', changes: [] };
    if (row.type && row.type !== card.type) return { row: { ...row, problem: 'fixed' }, outcome: 'wrong', changes: [] };
    const changes: Planned['changes'] = [];
    if (row.name !== card.name) changes.push({ field: 'name', old: card.name, next: row.name });
    if (row.state && row.state !== card.authorizationStatus) changes.push({ field: 'state', old: card.authorizationStatus, next: row.state });
    const customer = card.customer?.name ?? '';
    if (row.customer !== null && row.customer.toLowerCase() !== customer.toLowerCase()) changes.push({ field: 'customer', old: customer, next: row.customer });
    return { row, outcome: changes.length > 0 ? 'changed' : 'same', changes };
  });
}

/** batchOf is what is sent for the rows that change something. */
export function batchOf(planned: Planned[], cards: Card[]) {
  const known = new Map(cards.map((c) => [c.ocppIdTag.toLowerCase(), c]));
  return planned
    .filter((p) => p.outcome === 'new' || p.outcome === 'changed')
    .map(({ row }) => ({
      ocppIdTag: row.tag,
      name: row.name,
      type: known.get(row.tag.toLowerCase())?.type ?? row.type ?? ('RFID' as const),
      ...(row.state ? { authorizationStatus: row.state } : {}),
      ...(row.customer === null ? {} : { customer: row.customer === '' ? null : { name: row.customer } }),
    }));
}

/** csvOf writes cards as the import reads them. A cell that a spreadsheet would take for a formula is quoted as text. */
export function csvOf(cards: Card[]): string {
  const cell = (s: string) => {
    const safe = formula.test(s) ? `'${s}` : s;
    return /[",;\n\r\t]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  };
  const lines = cards.map((c) => [c.ocppIdTag, c.name, c.type === 'RFID' ? 'card' : 'vehicle', c.authorizationStatus.toLowerCase(), c.customer?.name ?? ''].map(cell).join(','));
  return ['number,name,kind,state,customer', ...lines].join('\r\n') + '\r\n';
}
