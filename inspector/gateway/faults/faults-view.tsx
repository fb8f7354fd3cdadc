/** Faults and what they do: the panel, the runtime's chart, and the gateway's own account. */
import { FaultPanel } from "./fault-panel.js";
import { JournalList } from "./journal-list.js";
import { LiveChart } from "./live-chart.js";

export function FaultsView() {
  return (
    <main class="faults">
      <FaultPanel />
      <div class="effects">
        <LiveChart />
        <JournalList />
      </div>
    </main>
  );
}
