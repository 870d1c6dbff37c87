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
    /// ConfigMaps with settings that steps read.
    ConfigMap,
    /// Freight.
    Freight,
    /// Secrets that steps read by key.
    GenericCredentials,
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
    /// A list below every Project, and one for all of them; some also in the system.
    Scoped { word: &'static str, in_system: bool },
    /// One object in every Project.
    OneInProject(&'static str),
    /// A list that belongs to no Project.
    Top(&'static [&'static str]),
    /// One object in all.
    One(&'static [&'static str]),
}

/// Where objects are that a Project has, or all Projects share, or the system keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scope<'a> {
    /// In this Project.
    Project(&'a str),
    /// For all Projects.
    Shared,
    /// For the system.
    System,
}

impl<'a> From<&'a str> for Scope<'a> {
    fn from(project: &'a str) -> Self {
        Self::Project(project)
    }
}

impl<'a> From<&'a String> for Scope<'a> {
    fn from(project: &'a String) -> Self {
        Self::Project(project)
    }
}

struct Row {
    word: &'static str,
    aliases: &'static [&'static str],
    object_kind: &'static str,
    at: At,
    columns: &'static [Column],
}

/// One row per kind, in the order of the enum, which is that of the alphabet.
static KINDS: [Row; 12] = [
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
        word: "configmaps",
        aliases: &["configmap", "cm"],
        object_kind: "ConfigMap",
        at: At::Scoped { word: "configmaps", in_system: true },
        columns: &[Column::NAME, Column::DESCRIPTION, Column::AGE],
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
        word: "generic-credentials",
        aliases: &["generic-credential", "generic-creds", "generic-cred"],
        object_kind: "Secret",
        at: At::Scoped { word: "generic-credentials", in_system: true },
        columns: &[Column::NAME, Column::DESCRIPTION, Column::AGE],
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
        at: At::Scoped { word: "repo-credentials", in_system: false },
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
        match self {
            Self::ConfigMap | Self::GenericCredentials | Self::RepoCredentials => "v1",
            _ => api::API_VERSION,
        }
    }

    /// One word for people.
    pub(crate) fn noun(self) -> String {
        match self {
            Self::GenericCredentials | Self::RepoCredentials => "secret".to_owned(),
            _ => self.object_kind().to_lowercase(),
        }
    }

    /// The word for many on the command line.
    pub(crate) fn word(self) -> &'static str {
        self.row().word
    }

    /// The kind whose object a message of the server does not find: `stages.kargo.akuity.io "x" not found`, or
    /// `Stage "x" not found`.
    pub(crate) fn of_message(message: &str) -> Option<Self> {
        let first = message.split([' ', '.']).next()?.to_lowercase();
        let kinds = Self::value_variants().iter().copied();
        let mut named = kinds.filter(|kind| !kind.is_single() && kind.api_version() != "v1");
        named.find(|kind| {
            let (word, noun) = (kind.word(), kind.noun());
            first == word || first == noun || first.strip_suffix('s') == Some(&noun)
        })
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
        matches!(self.at(), At::Project(_) | At::OneInProject(_) | At::Scoped { .. })
    }

    /// Whether there is only one object, so that no name is needed.
    pub(crate) fn is_single(self) -> bool {
        matches!(self.at(), At::One(_) | At::OneInProject(_))
    }

    /// Where the list is, or the only object.
    pub(crate) fn place<'a>(self, scope: impl Into<Scope<'a>>) -> Place<'a> {
        match self.at() {
            At::Project(word) | At::OneInProject(word) | At::Scoped { word, .. } => {
                match scope.into() {
                    Scope::Project(project) => Place::in_project(project, &[word]),
                    Scope::Shared => Place::new(&["shared", word]),
                    Scope::System => Place::new(&["system", word]),
                }
            }
            At::Top(segments) | At::One(segments) => Place::new(segments),
        }
    }

    /// Where one object is.
    pub(crate) fn object<'a>(self, scope: impl Into<Scope<'a>>, name: &'a str) -> Place<'a> {
        let place = self.place(scope);
        if self.is_single() { place } else { place.below(name) }
    }
}

impl ValueEnum for Kind {
    fn value_variants<'a>() -> &'a [Self] {
        &[
            Self::ClusterConfig,
            Self::ClusterPromotionTask,
            Self::ConfigMap,
            Self::Freight,
            Self::GenericCredentials,
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
            let object_kind = if name.ends_with("Credentials") { "Secret" } else { name };
            assert_eq!(row.object_kind, object_kind);
        }
        assert!(names.is_sorted(), "{names:?}");
    }

    #[test]
    fn what_is_missing_is_known_by_its_message() {
        let kind = |message| Kind::of_message(message);
        assert_eq!(kind("stages.kargo.akuity.io \"x\" not found"), Some(Kind::Stage));
        assert_eq!(kind("freights.kargo.akuity.io \"x\" not found"), Some(Kind::Freight));
        assert_eq!(kind("Freight \"x\" not found in project \"p\""), Some(Kind::Freight));
        assert_eq!(kind("clusterconfigs.kargo.akuity.io \"cluster\" not found"), None);
        assert_eq!(kind("there is no such operation"), None);
    }

    #[test]
    fn words_of_kargo_are_understood() {
        for (word, kind) in [
            ("stage", Kind::Stage),
            ("promos", Kind::Promotion),
            ("project", Kind::Project),
            ("cm", Kind::ConfigMap),
            ("generic-creds", Kind::GenericCredentials),
            ("repo-creds", Kind::RepoCredentials),
        ] {
            assert_eq!(Kind::from_str(word, false), Ok(kind));
        }
    }
}
