//! The kinds that commands name: their words on the command line, where the REST API has them, and their columns.

use clap::ValueEnum;
use clap::builder::PossibleValue;

use crate::client::Place;
use crate::table::Column;

/// A kind that can be named on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// ClusterConfig.
    ClusterConfig,
    /// ClusterPromotionTask.
    ClusterPromotionTask,
    /// Freight.
    Freight,
    /// Project.
    Project,
    /// ProjectConfig.
    ProjectConfig,
    /// Promotion.
    Promotion,
    /// PromotionTask.
    PromotionTask,
    /// Secrets with credentials of repositories.
    RepoCredentials,
    /// Stage.
    Stage,
    /// Warehouse.
    Warehouse,
}

/// Where the REST API has a kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum At {
    /// A list below every Project.
    Project(&'static str),
    /// One object in every Project.
    OneInProject(&'static str),
    /// A list that belongs to no Project.
    Top(&'static [&'static str]),
    /// One object in all.
    One(&'static [&'static str]),
}

struct Row {
    word: &'static str,
    aliases: &'static [&'static str],
    object_kind: &'static str,
    at: At,
    columns: &'static [Column],
}

/// One row per kind, in the order of the enum, which is that of the alphabet.
static KINDS: [Row; 10] = [
    Row {
        word: "clusterconfig",
        aliases: &["clusterconfigs"],
        object_kind: "ClusterConfig",
        at: At::One(&["system", "cluster-config"]),
        columns: &[Column::NAME, Column::READY, Column::STATUS, Column::AGE],
    },
    Row {
        word: "clusterpromotiontasks",
        aliases: &["clusterpromotiontask", "clusterpromotasks", "clusterpromotask"],
        object_kind: "ClusterPromotionTask",
        at: At::Top(&["shared", "cluster-promotion-tasks"]),
        columns: &[Column::NAME, Column::AGE],
    },
    Row {
        word: "freight",
        aliases: &["freights"],
        object_kind: "Freight",
        at: At::Project("freight"),
        columns: &[
            Column::NAME,
            Column::text("ALIAS", "/alias"),
            Column::ORIGIN,
            Column::ARTIFACTS,
            Column::AGE,
        ],
    },
    Row {
        word: "projects",
        aliases: &["project"],
        object_kind: "Project",
        at: At::Top(&["projects"]),
        columns: &[Column::NAME, Column::READY, Column::STATUS, Column::AGE],
    },
    Row {
        word: "projectconfig",
        aliases: &["projectconfigs"],
        object_kind: "ProjectConfig",
        at: At::OneInProject("config"),
        columns: &[Column::NAME, Column::READY, Column::STATUS, Column::AGE],
    },
    Row {
        word: "promotions",
        aliases: &["promotion", "promos", "promo"],
        object_kind: "Promotion",
        at: At::Project("promotions"),
        columns: &[
            Column::NAME,
            Column::PROMOTION_SHARD,
            Column::text("STAGE", "/spec/stage"),
            Column::text("FREIGHT", "/spec/freight"),
            Column::text("PHASE", "/status/phase"),
            Column::AGE,
        ],
    },
    Row {
        word: "promotiontasks",
        aliases: &["promotiontask", "promotasks", "promotask"],
        object_kind: "PromotionTask",
        at: At::Project("promotion-tasks"),
        columns: &[Column::NAME, Column::AGE],
    },
    Row {
        word: "repo-credentials",
        aliases: &["repo-credential", "repo-creds", "repo-cred", "credentials"],
        object_kind: "Secret",
        at: At::Project("repo-credentials"),
        columns: &[Column::NAME, Column::CREDENTIAL_TYPE, Column::REPOSITORY, Column::AGE],
    },
    Row {
        word: "stages",
        aliases: &["stage"],
        object_kind: "Stage",
        at: At::Project("stages"),
        columns: &[
            Column::NAME,
            Column::text("SHARD", "/spec/shard"),
            Column::text("CURRENT FREIGHT", "/status/freightSummary"),
            Column::text("HEALTH", "/status/health/status"),
            Column::READY,
            Column::STATUS,
            Column::AGE,
        ],
    },
    Row {
        word: "warehouses",
        aliases: &["warehouse"],
        object_kind: "Warehouse",
        at: At::Project("warehouses"),
        columns: &[
            Column::NAME,
            Column::text("SHARD", "/spec/shard"),
            Column::READY,
            Column::STATUS,
            Column::AGE,
        ],
    },
];

impl Kind {
    fn row(self) -> &'static Row {
        // The enum and the table have the same order, which a test holds.
        &KINDS[self as usize]
    }

    /// The kind as objects call it.
    pub(crate) fn object_kind(self) -> &'static str {
        self.row().object_kind
    }

    /// `apiVersion` of its objects.
    pub(crate) fn api_version(self) -> &'static str {
        if self == Self::RepoCredentials { "v1" } else { api::API_VERSION }
    }

    /// One word for people.
    pub(crate) fn noun(self) -> String {
        self.object_kind().to_lowercase()
    }

    /// The columns of its table.
    pub(crate) fn columns(self) -> &'static [Column] {
        self.row().columns
    }

    pub(crate) fn at(self) -> At {
        self.row().at
    }

    /// Whether its objects belong to a Project.
    pub(crate) fn is_in_project(self) -> bool {
        matches!(self.at(), At::Project(_) | At::OneInProject(_))
    }

    /// Whether there is only one object, so that no name is needed.
    pub(crate) fn is_single(self) -> bool {
        matches!(self.at(), At::One(_) | At::OneInProject(_))
    }

    /// Where the list is, or the only object.
    pub(crate) fn place(self, project: &str) -> Place<'_> {
        match self.at() {
            At::Project(word) | At::OneInProject(word) => Place::in_project(project, &[word]),
            At::Top(segments) | At::One(segments) => Place::new(segments),
        }
    }

    /// Where one object is.
    pub(crate) fn object<'a>(self, project: &'a str, name: &'a str) -> Place<'a> {
        match self.at() {
            At::Project(word) => Place::in_project(project, &[word, name]),
            At::Top(segments) => {
                let mut all: Vec<&str> = segments.to_vec();
                all.push(name);
                Place::new(&all)
            }
            At::One(_) | At::OneInProject(_) => self.place(project),
        }
    }
}

impl ValueEnum for Kind {
    fn value_variants<'a>() -> &'a [Self] {
        &[
            Self::ClusterConfig,
            Self::ClusterPromotionTask,
            Self::Freight,
            Self::Project,
            Self::ProjectConfig,
            Self::Promotion,
            Self::PromotionTask,
            Self::RepoCredentials,
            Self::Stage,
            Self::Warehouse,
        ]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let row = self.row();
        Some(PossibleValue::new(row.word).aliases(row.aliases))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_its_row() {
        assert_eq!(Kind::value_variants().len(), KINDS.len());
        let names: Vec<String> = Kind::value_variants().iter().map(|k| format!("{k:?}")).collect();
        for (name, row) in names.iter().zip(&KINDS) {
            let object_kind = if name == "RepoCredentials" { "Secret" } else { name };
            assert_eq!(row.object_kind, object_kind);
        }
        assert!(names.is_sorted(), "{names:?}");
    }

    #[test]
    fn words_of_kargo_are_understood() {
        for (word, kind) in [
            ("stage", Kind::Stage),
            ("promos", Kind::Promotion),
            ("project", Kind::Project),
            ("repo-creds", Kind::RepoCredentials),
        ] {
            assert_eq!(Kind::from_str(word, false), Ok(kind));
        }
    }
}
