/**
 * The description of the HTTP API, made of the same schemas that check it.
 * @see https://spec.openapis.org/oas/v3.1.1.html
 */
import { z } from 'zod';
import { problemSchema } from './problem.ts';
import type { Route } from './route.ts';

type Json = Readonly<Record<string, unknown>>;

/** What refers to itself has a name of its own: an `id`, or it is `z.json()`. */
const nameOf = (name: string): string => (name.startsWith('__schema') ? 'Json' : name);

/** @param named takes the schemas that others refer to. */
function schemaOf(
  schema: z.ZodType,
  named: Record<string, Json>,
  io: 'input' | 'output' = 'output',
): Json {
  const made = z.toJSONSchema(schema, { io, unrepresentable: 'any' });
  const text = JSON.stringify(made).replace(
    /"#\/\$defs\/(\w+)"/g,
    (_, name: string) => `"#/components/schemas/${nameOf(name)}"`,
  );
  const { $schema, $defs = {}, ...json } = JSON.parse(text) as Json & { $defs?: Json };
  for (const [name, shape] of Object.entries($defs)) named[nameOf(name)] = shape as Json;
  return json;
}

const inJson = (schema: Json, mediaType = 'application/json') => ({
  content: { [mediaType]: { schema } },
});

/** `/api/actors/:path` as OpenAPI writes it. */
const template = (url: string): string => url.replace(/:(\w+)/g, '{$1}').replace('*', '{path}');

function parameters(
  schema: z.ZodType | undefined,
  place: 'path' | 'query',
  named: Record<string, Json>,
): readonly Json[] {
  if (!schema) return [];
  const { properties = {}, required = [] } = schemaOf(schema, named, 'input') as {
    properties?: Record<string, Json>;
    required?: readonly string[];
  };
  return Object.entries(properties).map(([name, property]) => ({
    name,
    in: place,
    required: place === 'path' || required.includes(name),
    ...(property.description !== undefined && { description: property.description }),
    schema: property,
  }));
}

const operationIdOf = ({ method, url }: Route): string =>
  [method.toLowerCase(), ...url.split(/[^A-Za-z0-9]+/).filter((part) => part !== '')]
    .map((part, index) => (index === 0 ? part : part[0]!.toUpperCase() + part.slice(1)))
    .join('');

function operation(route: Route, named: Record<string, Json>): Json {
  const { role, tag, summary, description, params, query, body, reply, mediaType } = route;
  const problem = inJson(
    { $ref: '#/components/schemas/Problem' },
    'application/problem+json',
  ).content;
  const bodyType = route.bodyBytesMax === undefined ? undefined : 'application/octet-stream';
  const good = inJson(schemaOf(reply, named), mediaType);
  const others = (route.otherStatuses ?? []).map((status) => [
    String(status),
    { description: 'The same, and the answer is no.', ...good },
  ]);
  return {
    operationId: operationIdOf(route),
    tags: [tag],
    summary,
    ...(description !== undefined && { description }),
    parameters: [...parameters(params, 'path', named), ...parameters(query, 'query', named)],
    ...(body && {
      requestBody: { required: true, ...inJson(schemaOf(body, named, 'input'), bodyType) },
    }),
    responses: {
      200: { description: summary, ...good },
      ...Object.fromEntries(others),
      default: { description: 'A problem.', content: problem },
    },
    security: role === null ? [] : [{ token: [] }],
    'x-role': role ?? 'none',
  };
}

/** @param version of the package. */
export function openApiOf(routes: readonly Route[], version: string): Json {
  const paths: Record<string, Record<string, Json>> = {};
  const named: Record<string, Json> = {};
  named.Problem = schemaOf(problemSchema, named);
  for (const route of routes) {
    const path = template(route.url);
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation(route, named) };
  }
  return {
    openapi: '3.1.1',
    info: {
      title: 'Kintsugi',
      version,
      description:
        'A running runtime: what it knows, and orders to it. `x-role` is the role that a token ' +
        'must give. Every order says who gives it and why, and is an entry of the journal.',
    },
    servers: [{ url: '/' }],
    paths,
    components: {
      schemas: named,
      securitySchemes: { token: { type: 'http', scheme: 'bearer' } },
    },
  };
}
