/** The suite's configuration for `leaking.fixture.ts` alone. */
import { mergeConfig } from "vitest/config";
import suite from "../../vitest.config.js";

export default mergeConfig(
  { ...suite, test: { ...suite.test, projects: undefined } },
  {
    test: { include: ["test/support/leaking.fixture.ts"] },
  },
);
