//! Where things are when nobody says.

use std::path::PathBuf;

use anyhow::{Context as _, Result};
use directories::ProjectDirs;

use crate::arguments::SharedArguments;

/// Folders that a run works with.
#[derive(Debug, Clone)]
pub(crate) struct Paths {
    /// Data directory of the library.
    pub(crate) library: PathBuf,
    /// Folder of fetched models.
    pub(crate) models: PathBuf,
    /// Folder that keeps the pace of requests for all libraries of the user.
    pub(crate) network: PathBuf,
}

impl Paths {
    /// Takes the folders from the arguments, else from the user's data folder.
    pub(crate) fn find(shared: &SharedArguments) -> Result<Self> {
        let data = || -> Result<PathBuf> {
            let folders = ProjectDirs::from("", "", "kindred").context(
                "no home folder is set; name a folder with --library or KINDRED_LIBRARY",
            )?;
            Ok(folders.data_dir().to_owned())
        };
        let library = match &shared.library {
            Some(folder) => folder.clone(),
            None => data()?.join("default"),
        };
        let models = match &shared.models {
            Some(folder) => folder.clone(),
            None => data().map_or_else(|_| library.join("models"), |data| data.join("models")),
        };
        let network = data().map_or_else(|_| library.join("network"), |data| data.join("network"));
        Ok(Self {
            library,
            models,
            network,
        })
    }
}
