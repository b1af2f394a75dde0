"""The commands of `waybill`, a module a topic; `pipelines.cli` puts them together."""
