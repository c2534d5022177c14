"""The suite: unit (in this process), ui (NiceGUI's simulated user), browser (Chromium), e2e (real processes)."""
