// What a setting is called when it is changed.

interface Named {
  component: string | null;
  componentInstance: string | null;
  evse: number | null;
  connector: number | null;
  name: string;
  instance: string | null;
  attribute: string;
}

/** keyOf writes a setting as the server takes it: Component[instance]#evse:connector.Variable[instance]/Attribute; a key of 1.6 is its name. */
export function keyOf(v: Named): string {
  if (v.component === null) return v.name;
  const place = v.evse === null ? '' : `#${v.evse}${v.connector === null ? '' : `:${v.connector}`}`;
  const part = (name: string, instance: string | null) => (instance ? `${name}[${instance}]` : name);
  return `${part(v.component, v.componentInstance)}${place}.${part(v.name, v.instance)}${v.attribute === 'Actual' ? '' : `/${v.attribute}`}`;
}
