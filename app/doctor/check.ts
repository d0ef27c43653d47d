/** One line of `dolistream doctor`. */
export interface Check {
  readonly section: Section;
  readonly name: string;
  /** `warn`: works, and should be looked at. `fail`: does not work. */
  readonly state: 'pass' | 'warn' | 'fail';
  /** What was found, without secrets. */
  readonly value: string;
  /** What mends it; null for what passes. */
  readonly fix: string | null;
}

export type Section = 'machine' | 'data' | 'source' | 'stores' | 'alerts' | 'http' | 'pipeline';

export const pass = (section: Section, name: string, value: string): Check => ({
  ...{ section, name, value },
  ...{ state: 'pass', fix: null },
});

export const warn = (section: Section, name: string, value: string, fix: string): Check => ({
  ...{ section, name, value, fix },
  state: 'warn',
});

export const fail = (section: Section, name: string, value: string, fix: string): Check => ({
  ...{ section, name, value, fix },
  state: 'fail',
});
