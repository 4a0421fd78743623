/** One route of the HTTP API as data: served as it is, and described by the same words. */
import type { z } from 'zod';
import type { InspectSource } from '../inspector/source.ts';
import type { Runtime } from '../runtime.ts';
import type { Role } from './tokens.ts';

type Shape = z.ZodType | undefined;
type Out<S extends Shape> = S extends z.ZodType ? z.output<S> : undefined;

/** What a handler is given: everything has passed its schema. */
export interface Asked<P extends Shape, Q extends Shape, B extends Shape> {
  readonly runtime: Runtime;
  readonly params: Out<P>;
  readonly query: Out<Q>;
  readonly body: Out<B>;
  /** The run and its past, as the page sees them. */
  readonly source: InspectSource;
  /** Ends when the client goes away or the server stops. */
  readonly signal: AbortSignal;
}

/** A reply that is not 200 with JSON. */
export interface Reply {
  readonly status: number;
  readonly body: unknown;
  /** Default `application/json`. */
  readonly mediaType?: string;
}

export interface RouteOptions<
  P extends Shape,
  Q extends Shape,
  B extends Shape,
  R extends z.ZodType,
> {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** As in `/api/actors/:path`. */
  readonly url: string;
  /** The role that it takes; null: nobody is asked who they are. */
  readonly role: Role | null;
  readonly tag: string;
  readonly summary: string;
  readonly description?: string;
  readonly params?: P;
  readonly query?: Q;
  readonly body?: B;
  /** The body is not JSON, but at most so many bytes as they are. */
  readonly bodyBytesMax?: number;
  /** The reply; for texts the media type says what it is. */
  readonly reply: R;
  readonly mediaType?: string;
  /** Statuses with the same reply, as 503 of a probe. */
  readonly otherStatuses?: readonly number[];
  readonly handle: (asked: Asked<P, Q, B>) => unknown;
}

/** A route whose types have done their work. */
export type Route = RouteOptions<
  z.ZodType | undefined,
  z.ZodType | undefined,
  z.ZodType | undefined,
  z.ZodType
>;

export const route = <
  R extends z.ZodType,
  P extends Shape = undefined,
  Q extends Shape = undefined,
  B extends Shape = undefined,
>(
  options: RouteOptions<P, Q, B, R>,
): Route => options as unknown as Route;
