/** Who told whom, in what order, up to the turn that is shown. */
import { useEffect, useRef } from 'preact/hooks';
import { goTo } from './moves.ts';
import * as s from './store.ts';
import type { Answers } from './wire.ts';
import { count, eventWords, nameOf } from './words.ts';

type Message = Answers['messages']['messages'][number];

const rowHeight = 26;
const numbersWidth = 84;
const laneWidthMin = 84;
const outside = 'outside';

/** What an actor has called or waits for stands in its own lane. */
function laneOf(path: string | undefined): string {
  if (path === undefined) return outside;
  if (path === '') return 'runtime';
  if (s.actors.value.some((actor) => actor.path === path)) return path;
  return path.slice(0, path.lastIndexOf('/')) || path;
}

const labelLengthMax = 26;
const labelOf = (type: string): string => {
  const text = eventWords(type);
  return text.length > labelLengthMax ? `${text.slice(0, labelLengthMax - 1)}…` : text;
};

interface Scale {
  readonly x: (lane: string) => number;
  readonly width: number;
}

function Arrow({ message, y, scale }: { message: Message; y: number; scale: Scale }) {
  const from = scale.x(laneOf(message.from));
  const to = scale.x(laneOf(message.to));
  const isSelf = from === to;
  const side = Math.sign(to - from);
  const line = isSelf ? `M${from} ${y - 8}h18v10h-11` : `M${from} ${y}H${to - side * 7}`;
  const tip = isSelf ? `M${from} ${y + 2}l8 -4v8z` : `M${to} ${y}l${-side * 8} -4v8z`;
  return (
    <>
      <path class={`msg${message.from === undefined ? ' async' : ''}`} d={line} />
      <path class="tipf" d={tip} />
      <text class="m lb" x={isSelf ? from + 24 : Math.min(from, to) + 8} y={y - 6}>
        {labelOf(message.type)}
        <title>{message.type}</title>
      </text>
    </>
  );
}

function Turn({
  seq,
  y,
  messages,
  scale,
}: {
  seq: number;
  y: number;
  messages: readonly Message[];
  scale: Scale;
}) {
  const isCurrent = s.turn.value?.seq === seq;
  return (
    <g class={`grp${isCurrent ? ' cur' : ''}`} data-seq={seq} onClick={() => goTo(seq)}>
      <rect
        class="band"
        x="0"
        y={y}
        width={scale.width}
        height={messages.length * rowHeight + 14}
      />
      <text class="m seqno" x="12" y={y + 24}>
        {count(seq)}
      </text>
      {messages.map((message, index) => (
        <Arrow key={index} {...{ message, scale }} y={y + 28 + index * rowHeight} />
      ))}
    </g>
  );
}

export function Sequence() {
  const region = useRef<HTMLDivElement>(null);
  const shown = s.messages.value?.messages ?? [];
  const current = s.turn.value?.seq;
  useEffect(() => {
    region.current?.querySelector('.cur')?.scrollIntoView({ block: 'center', inline: 'start' });
  }, [current, shown]);
  const lanes = [...new Set(shown.flatMap(({ from, to }) => [laneOf(from), laneOf(to)]))];
  lanes.sort((a, b) => Number(b === outside) - Number(a === outside));
  const room = (region.current?.clientWidth ?? 700) - numbersWidth - 12;
  const laneWidth = Math.max(laneWidthMin, room / Math.max(1, lanes.length));
  const width = numbersWidth + laneWidth * lanes.length;
  const x = (lane: string) => numbersWidth + laneWidth * (lanes.indexOf(lane) + 0.5);
  const scale = { x, width };
  let y = 8;
  const groups = [...Map.groupBy(shown, ({ seq }) => seq)].map(([seq, messages]) => {
    const at = y;
    y += messages.length * rowHeight + 14;
    return <Turn key={seq} {...{ seq, messages, scale }} y={at} />;
  });
  return (
    <section class="view on" role="tabpanel" aria-label="Sequence">
      <div
        class="seqwrap"
        ref={region}
        role="region"
        tabIndex={0}
        aria-label="Messages between actors"
      >
        {shown.length === 0 && <p class="muted small pad">No messages to show at this turn.</p>}
        <div class="lanehead" style={{ width: `${width}px` }}>
          <svg class="sq" width={width} height="32">
            {lanes.map((lane) => (
              <text key={lane} class="lane" x={x(lane)} y="20" text-anchor="middle">
                {nameOf(lane)}
                <title>{lane}</title>
              </text>
            ))}
          </svg>
        </div>
        <svg class="sq" width={width} height={y + 8} style={{ width: `${width}px` }}>
          {lanes.map((lane) => (
            <path key={lane} class="life" d={`M${x(lane)} 0V${y + 8}`} />
          ))}
          {groups}
        </svg>
      </div>
    </section>
  );
}
