"""What a run computes, stage by stage, each kept under the content it depends on."""
