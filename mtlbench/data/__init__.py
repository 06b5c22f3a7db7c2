"""Sources of rows (JSONL, JSON, CSV, TSV, Parquet, the Hub) become one compact table that knows its lines."""

from mtlbench.data.dataset import Dataset
from mtlbench.data.hub import load_hub
from mtlbench.data.load import load_data
from mtlbench.data.sampling import sample
from mtlbench.data.template import RowError, Template, TemplateError

__all__ = ["Dataset", "RowError", "Template", "TemplateError", "load_data", "load_hub", "sample"]
