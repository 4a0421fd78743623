/** Opens a recorded journal: dropped anywhere, or chosen; and says when one is shown. */
import { signal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import {
  backToRun,
  filesOfDrop,
  lack,
  openRecording,
  recordingId,
  recordingNote,
} from './recording.ts';
import * as s from './store.ts';

type State =
  | { readonly is: 'closed' | 'choosing' }
  | { readonly is: 'sending'; readonly ratio: number }
  | { readonly is: 'refused'; readonly why: string };

const state = signal<State>({ is: 'closed' });
const isDragging = signal(false);
let sending = new AbortController();

/** For the palette. */
export const chooseRecording = (): void => {
  state.value = { is: 'choosing' };
};

async function open(files: readonly File[] | Promise<readonly File[]>): Promise<void> {
  sending = new AbortController();
  const cancelled = sending.signal;
  state.value = { is: 'sending', ratio: 0 };
  try {
    if (s.hello.value?.role === 'viewer') {
      throw new Error('It takes the token of an operator: the server keeps the files meanwhile.');
    }
    const onProgress = (ratio: number) => {
      state.value = { is: 'sending', ratio };
    };
    await openRecording(await files, { signal: cancelled, onProgress });
  } catch (error) {
    if (cancelled.aborted) return;
    state.value = { is: 'refused', why: error instanceof Error ? error.message : String(error) };
  }
}

function close(): void {
  sending.abort();
  state.value = { is: 'closed' };
}

const hasFiles = ({ dataTransfer }: DragEvent): boolean =>
  dataTransfer?.types.includes('Files') === true;

/** The browser would go to the file otherwise. */
function takeDrops(): () => void {
  const over = (event: DragEvent) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    isDragging.value = true;
  };
  const left = (event: DragEvent) => {
    if (event.relatedTarget === null) isDragging.value = false;
  };
  const drop = (event: DragEvent) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    isDragging.value = false;
    if (state.value.is !== 'sending') void open(filesOfDrop(event.dataTransfer!));
  };
  document.addEventListener('dragover', over);
  document.addEventListener('dragleave', left);
  document.addEventListener('drop', drop);
  return () => {
    document.removeEventListener('dragover', over);
    document.removeEventListener('dragleave', left);
    document.removeEventListener('drop', drop);
  };
}

function Chooser() {
  const folder = useRef<HTMLInputElement>(null);
  const files = useRef<HTMLInputElement>(null);
  const first = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    folder.current?.setAttribute('webkitdirectory', '');
    if (s.hello.value) first.current?.focus();
  }, []);
  const taken = ({ currentTarget }: { readonly currentTarget: HTMLInputElement }) => {
    const chosen = [...(currentTarget.files ?? [])];
    currentTarget.value = '';
    if (chosen.length > 0) void open(chosen);
  };
  return (
    <div class="drop">
      <b>Drop the folder of a journal here</b>
      <span class="small">or its first segment alone; it goes to this server, and no further.</span>
      <span class="choices">
        <button ref={first} type="button" class="btn pri" onClick={() => folder.current?.click()}>
          Choose a folder
        </button>
        <button type="button" class="btn line" onClick={() => files.current?.click()}>
          Choose files
        </button>
      </span>
      <input ref={folder} type="file" hidden aria-label="Folder of a journal" onChange={taken} />
      <input ref={files} type="file" hidden multiple aria-label="Its files" onChange={taken} />
    </div>
  );
}

function Progress({ ratio }: { readonly ratio: number }) {
  const text = ratio < 1 ? `${Math.floor(ratio * 100)} % are there.` : 'Read and replayed…';
  return (
    <div class="sending" role="status">
      <progress max={1} value={ratio} aria-label="Upload" />
      <p>{text}</p>
    </div>
  );
}

const Refused = ({ why }: { readonly why: string }) => (
  <p class="refused" role="alert">
    {why}
  </p>
);

const Body = ({ value }: { readonly value: State }) => (
  <>
    {value.is === 'sending' && <Progress ratio={value.ratio} />}
    {value.is === 'refused' && <Refused why={value.why} />}
    {value.is !== 'sending' && <Chooser />}
  </>
);

/** Over everything: what is being dropped, chosen, sent or refused. */
export function Recordings() {
  useEffect(takeDrops, []);
  const { value } = state;
  if (isDragging.value) {
    return (
      <div class="veil on dragging">
        <div class="drop">Let go to open the recorded journal</div>
      </div>
    );
  }
  // Without a run the page has nothing else to show than this.
  if (value.is === 'closed' || !s.hello.value) return null;
  return (
    <div class="veil on">
      <div
        class="dlg recording"
        role="dialog"
        aria-modal={true}
        aria-label="Open a recorded journal"
        onKeyDown={(event) => {
          event.stopPropagation();
          if (event.key === 'Escape') close();
        }}
      >
        <h2>Open a recorded journal</h2>
        <Body value={value} />
        <button type="button" class="btn" onClick={close}>
          Cancel
        </button>
      </div>
    </div>
  );
}

/** In place of the page, where the server has nothing to show. */
export function Lacking() {
  const isGone = recordingId !== undefined;
  return (
    <main class="empty">
      <div class="card recording">
        <h2>{isGone ? 'This recording is not here any more' : 'Open a recorded journal'}</h2>
        {isGone && <p>It was closed, made room for another one, or the server was stopped.</p>}
        <Body value={state.value} />
        {isGone && (
          <button type="button" class="btn" onClick={() => void backToRun(false)}>
            Back
          </button>
        )}
      </div>
    </main>
  );
}

/** Whether there is nothing to show, so that `Lacking` stands for the page. */
export const isLacking = (): boolean => lack.value !== undefined;

/** Marks a recording that was opened here, with the way back. */
export function RecordingMark() {
  if (recordingId === undefined) return null;
  return (
    <>
      {recordingNote !== '' && (
        <button
          type="button"
          class="chip warn hide-phone"
          title={recordingNote}
          onClick={() => s.say(recordingNote)}
        >
          not all of it is known
        </button>
      )}
      <button
        type="button"
        class="btn line"
        onClick={() => void backToRun(s.hello.value?.role !== 'viewer')}
      >
        Close <span class="hide-phone">the recording</span>
      </button>
    </>
  );
}
