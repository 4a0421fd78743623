/**
 * The text format that Prometheus reads.
 * @see https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
 */

export type Labels = Readonly<Record<string, string>>;

/** One number; `suffix` is `_bucket`, `_sum` or `_count` of a histogram or a summary. */
export interface Sample {
  readonly value: number;
  readonly labels?: Labels;
  readonly suffix?: string;
}

export interface Family {
  /** With its unit at the end, and `_total` behind that for a counter. */
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge' | 'histogram' | 'summary';
  readonly samples: readonly Sample[];
}

export const metricsMediaType = 'text/plain; version=0.0.4; charset=utf-8';

const escapedHelp = (text: string): string => text.replace(/\\/g, '\\\\').replace(/\n/g, '\\n');

const escapedValue = (text: string): string => escapedHelp(text).replace(/"/g, '\\"');

const numberText = (value: number): string => {
  if (Number.isNaN(value)) return 'NaN';
  if (Number.isFinite(value)) return String(value);
  return value > 0 ? '+Inf' : '-Inf';
};

function line(name: string, { value, labels = {}, suffix = '' }: Sample): string {
  const pairs = Object.entries(labels).map(([key, text]) => `${key}="${escapedValue(text)}"`);
  const inside = pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
  return `${name}${suffix}${inside} ${numberText(value)}\n`;
}

/** Families without samples are left out. */
export const metricsText = (families: readonly Family[]): string =>
  families
    .filter(({ samples }) => samples.length > 0)
    .map(({ name, help, type, samples }) => {
      const rows = samples.map((sample) => line(name, sample)).join('');
      return `# HELP ${name} ${escapedHelp(help)}\n# TYPE ${name} ${type}\n${rows}`;
    })
    .join('');

export const gauge = (name: string, help: string, samples: readonly Sample[]): Family => ({
  ...{ name, help, samples, type: 'gauge' },
});

export const counter = (name: string, help: string, samples: readonly Sample[]): Family => ({
  ...{ name, help, samples, type: 'counter' },
});

/** Left out where there are no numbers. */
export const summary = (
  name: string,
  help: string,
  numbers: { readonly sum: number; readonly count: number } | undefined,
): Family => ({
  ...{ name, help, type: 'summary' },
  samples: numbers
    ? [
        { suffix: '_sum', value: numbers.sum },
        { suffix: '_count', value: numbers.count },
      ]
    : [],
});

/** One sample, or none where the number does not exist. */
export const only = (value: number | undefined | null): readonly Sample[] =>
  value === undefined || value === null ? [] : [{ value }];

/** A sample for each state that there is: 1 for the one that holds. */
export const states = (all: readonly string[], now: string, more: Labels = {}): Sample[] =>
  all.map((state) => ({ value: state === now ? 1 : 0, labels: { ...more, state } }));
