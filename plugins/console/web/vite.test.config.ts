import { defineConfig } from "vite";

/** The tests as one file that Node's own runner takes. */
export default defineConfig({
  build: { ssr: "test/all.ts", outDir: ".test", emptyOutDir: true, target: "node20", reportCompressedSize: false },
});
