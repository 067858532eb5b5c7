"""The tables of a store's database: version 10, as C++ Nix 2 makes them."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

SCHEMA_VERSION: Final = 10

TABLES: Final = """
create table if not exists ValidPaths (
    id integer primary key autoincrement not null,
    path text unique not null,
    hash text not null,
    registrationTime integer not null,
    deriver text,
    narSize integer,
    ultimate integer,
    sigs text,
    ca text
);
create table if not exists Refs (
    referrer integer not null,
    reference integer not null,
    primary key (referrer, reference),
    foreign key (referrer) references ValidPaths(id) on delete cascade,
    foreign key (reference) references ValidPaths(id) on delete restrict
);
create index if not exists IndexReferrer on Refs(referrer);
create index if not exists IndexReference on Refs(reference);
create trigger if not exists DeleteSelfRefs before delete on ValidPaths
  begin
    delete from Refs where referrer = old.id and reference = old.id;
  end;
create table if not exists DerivationOutputs (
    drv integer not null,
    id text not null,
    path text not null,
    primary key (drv, id),
    foreign key (drv) references ValidPaths(id) on delete cascade
);
create index if not exists IndexDerivationOutputs on DerivationOutputs(path);
"""
"""`hash` is `sha256:` and base-16; `sigs` is separated by spaces; null in `ultimate` means no.

The trigger lets a path go that refers to itself, which the restriction on `reference` would forbid.
"""

MIGRATIONS_TABLE: Final = (
    "create table if not exists SchemaMigrations (migration text primary key not null)"
)

UPGRADES: Final = {
    8: (
        "alter table ValidPaths add column ultimate integer",
        "alter table ValidPaths add column sigs text",
    ),
    9: ("drop table FailedPaths",),
    10: ("alter table ValidPaths add column ca text",),
}
"""What leads to a version from the one before; the oldest that can be led on is 6."""

OLDEST_VERSION: Final = 6

REALISATIONS_MIGRATION: Final = "20220326-ca-derivations"

REALISATIONS: Final = """
create table if not exists Realisations (
    id integer primary key autoincrement not null,
    drvPath text not null,
    outputName text not null,
    outputPath integer not null,
    signatures text,
    foreign key (outputPath) references ValidPaths(id) on delete cascade
);
create index if not exists IndexRealisations on Realisations(drvPath, outputName);
create trigger if not exists DeleteSelfRefsViaRealisations before delete on ValidPaths
  begin
    delete from RealisationsRefs where realisationReference in (
      select id from Realisations where outputPath = old.id
    );
  end;
create table if not exists RealisationsRefs (
    referrer integer not null,
    realisationReference integer,
    foreign key (referrer) references Realisations(id) on delete cascade,
    foreign key (realisationReference) references Realisations(id) on delete restrict
);
create index if not exists IndexRealisationsRefsRealisationReference on RealisationsRefs(realisationReference);
create index if not exists IndexRealisationsRefs on RealisationsRefs(referrer);
create index if not exists IndexRealisationsRefsOnOutputPath on Realisations(outputPath);
"""
"""Of content-addressed derivations: `drvPath` is the derivation's hash modulo, despite its name."""
