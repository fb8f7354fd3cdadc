/** What an administrator may do with a registration. */
import { useSignal } from "@preact/signals";
import type { GatewayRegistration } from "../../../src/gateway/gateway.js";
import { approve, deregister, reject, retry } from "../ask.js";
import { CurlButton } from "../copy.js";
import { act, type NamedAction } from "../doing.js";
import { isWaiting } from "../state.js";

function approvedWords(key: string, body: unknown): string {
  const { refused } = body as { readonly refused?: string };
  return refused === undefined
    ? `${key} is approved; it serves at once, or when it next registers.`
    : `${key} is approved; but ${refused}`;
}

export const approving = (key: string): NamedAction => ({ name: `Approve ${key}`, action: approve(key) });
export const rejecting = (key: string): NamedAction => ({ name: `Reject ${key}`, action: reject(key) });

export function ApproveButton({ of }: { readonly of: string }) {
  return (
    <button
      type="button"
      class="main"
      aria-label={`Approve ${of}`}
      onClick={() => void act(approving(of), (body) => approvedWords(of, body))}
    >
      Approve
    </button>
  );
}

export function RejectButton({ of }: { readonly of: string }) {
  return (
    <button
      type="button"
      aria-label={`Reject ${of}`}
      onClick={() =>
        void act(rejecting(of), () => `${of} is rejected; it takes no requests until it is approved.`)
      }
    >
      Reject
    </button>
  );
}

function RemoveButton({ of }: { readonly of: string }) {
  const isAsked = useSignal(false);
  const removing = { name: `Remove ${of}`, action: deregister(of) };
  if (!isAsked.value)
    return (
      <button
        type="button"
        onClick={() => {
          isAsked.value = true;
        }}
      >
        Remove…
      </button>
    );
  return (
    <span class="sure">
      <span>Its credentials will count no more.</span>
      <button
        type="button"
        class="danger"
        onClick={() => {
          isAsked.value = false;
          void act(removing, () => `${of} is removed; its credentials count no more.`);
        }}
      >
        Remove it
      </button>
      <button
        type="button"
        onClick={() => {
          isAsked.value = false;
        }}
      >
        Keep it
      </button>
    </span>
  );
}

export function Decisions({ one }: { readonly one: GatewayRegistration }) {
  const { key, state, connected } = one;
  const retrying = { name: `Have ${key} register again`, action: retry(key) };
  const curls = [
    approving(key),
    rejecting(key),
    retrying,
    { name: `Remove ${key}`, action: deregister(key) },
  ];
  return (
    <div class="doing">
      {(isWaiting(one) || state !== "approved") && <ApproveButton of={key} />}
      {(isWaiting(one) || state !== "rejected") && <RejectButton of={key} />}
      {connected && (
        <button type="button" onClick={() => void act(retrying, () => `${key} was asked to register again.`)}>
          Register again
        </button>
      )}
      <RemoveButton key={key} of={key} />
      <CurlButton about={key} of={() => curls} />
    </div>
  );
}
