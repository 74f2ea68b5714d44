"""Facts on Spark, for when one machine is too small: the same view, the same queries, the same answers.

Needs the extra `spark` and Java. Local mode is enough to try it; a cluster's session may be passed in.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from datetime import date
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir

from kejin.engines.parquet_facts import parquet_folder
from kejin.errors import InputError
from kejin.facts.tables import ALL_TABLES
from kejin.facts.view import FactsView


def spark_is_here() -> bool:
    """Are Java and pyspark on this machine?"""
    from importlib.util import find_spec

    return shutil.which("java") is not None and find_spec("pyspark") is not None


def local_session(memory: str = "2g", threads: int = 2) -> Any:
    """A Spark session in this process, in UTC and with ANSI errors off, as the queries expect.

    Raises InputError engines.spark_missing when Java or pyspark is not there.
    """
    if not spark_is_here():
        raise InputError("engines.spark_missing")
    from pyspark.sql import SparkSession

    # The setting below is read by spark-submit only; workers of a session made here are started by this name.
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    return (
        SparkSession.builder.master(f"local[{threads}]")
        .appName("kejin")
        .config("spark.driver.memory", memory)
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.sql.shuffle.partitions", str(2 * threads))
        .config("spark.ui.enabled", "false")
        .config("spark.ui.showConsoleProgress", "false")
        .config("spark.sql.ansi.enabled", "false")
        .config("spark.driver.host", "localhost")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.pyspark.python", sys.executable)
        # Without it a plan as long as ours is cut into too many generated methods and interpreted anyway, slowly.
        .config("spark.sql.codegen.wholeStage", "false")
        # What Spark could conclude from filters helps queries with few columns; ours have hundreds, and a sixth of an
        # evaluation's time on a small city went into looking.
        .config("spark.sql.constraintPropagation.enabled", "false")
        .getOrCreate()
    )


def facts_on_spark(directory: Path, as_of: date, session: Any) -> FactsView:
    """What `<directory>/facts/<table>/*.parquet` knew on a day, as queries of a Spark session."""
    folder = parquet_folder(directory)
    backend = ibis.pyspark.connect(session)
    here = {name for name in ALL_TABLES if any((folder / name).glob("*.parquet"))}
    for name in sorted(here):
        session.read.parquet(str(folder / name)).createOrReplaceTempView(name)

    @cache
    def has_versions(name: str) -> bool:
        rows = session.table(name)
        return bool(rows.count() > rows.select(*ALL_TABLES[name].key).distinct().count())

    def stored(name: str) -> ir.Table | None:
        return backend.table(name) if name in here else None

    return FactsView(as_of, stored, has_versions)


def storing(session: Any, folder: Path) -> Callable[[ir.Table], ir.Table]:
    """A function that runs a query and gives its rows back as a table of their own, stored as Parquet.

    Long queries are run in such steps: Spark plans a whole lineage again for every step that only caches.
    """
    numbers = count(1)

    def store(expression: ir.Table) -> ir.Table:
        backend = expression.get_backend()
        name = f"stored_{next(numbers)}"
        path = str(folder / name)
        backend.create_view(f"{name}_query", expression, overwrite=True)
        session.table(f"{name}_query").write.mode("overwrite").parquet(path)
        session.read.parquet(path).createOrReplaceTempView(name)
        return backend.table(name)

    return store
