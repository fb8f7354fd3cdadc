/** What came of the last thing that was done. */
import { notice } from "./doing.js";

export function NoticeLine() {
  const { value } = notice;
  return (
    <div class="notice" role="status" data-tone={value?.tone}>
      {value && (
        <>
          <span>{value.words}</span>
          <button
            type="button"
            aria-label="Hide this"
            onClick={() => {
              notice.value = undefined;
            }}
          >
            ×
          </button>
        </>
      )}
    </div>
  );
}
