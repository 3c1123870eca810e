//! The whole experiment as one file, and back: see [`project`].

use super::data::Data;
use super::notice::Notice;
use super::open::unpacked;
use super::session::Session;
use crate::checksum::Checksum;
use crate::config::Config;
use crate::data::{DatasetFile, Loaded};
use crate::error::{Error, Result};
use crate::file::{self, ZipWriter, history, project};
use crate::progress::Progress;

/// Bytes of the images that are copied at a time.
const PART: usize = 8 << 20;
/// Most bytes of images in a project; of more there is a list. A page has to hold them twice in its 4 GiB.
const MOST_IMAGES: usize = if cfg!(target_arch = "wasm32") { 512 << 20 } else { 1 << 30 };
/// Bytes beside the run and the images, at most about: settings, journal, history and the list.
const BESIDE: usize = 16 << 20;

impl Session {
    /// A session that goes on with a project exactly where it was saved.
    ///
    /// # Errors
    /// It is no whole project, or has only the list of its images.
    pub fn of_project(bytes: &[u8]) -> Result<Self> {
        let project::ProjectParts { run, images } = project::read(bytes)?;
        let images = images.ok_or_else(|| Error::expected("project", "its images", "only their list"))?;
        let (model, mut config) = (file::read_saved(run, &Progress::default())?, Config::default());
        config.read_recipe_beneath(&model.meta.settings);
        Self::with_run(config, Some(project_images(images)?), model)
    }

    /// The project as a file; the run is the latest state, even while looking back.
    ///
    /// # Errors
    /// It would be larger than 4 GiB, or the work was cancelled.
    pub fn project_file(&mut self) -> Result<Vec<u8>> {
        let run = self.checkpoint_file()?.to_bytes(&self.progress)?;
        // A file of its own: another one may be being written to keep the run.
        let images = DatasetFile::new(self.data.set()).filter(|images| images.bytes() <= MOST_IMAGES);
        let images_len = images.as_ref().map_or(0, DatasetFile::bytes);
        let mut file = ZipWriter::with_room(run.len() + images_len + BESIDE)?;
        file.add(project::RUN, [run])?;
        match images {
            Some(mut images) => {
                self.progress.expect(images_len);
                let (data, progress) = (self.data.set(), &self.progress);
                let part = || {
                    let part = images.part(data, PART);
                    (!part.is_empty() && progress.count(part.len()).is_ok()).then_some(part)
                };
                file.add(project::IMAGES, std::iter::from_fn(part))?;
            }
            None => file.add("images.csv", [listed(&self.data, &self.progress)?])?,
        }
        self.progress.check()?;
        file.add("settings.txt", [self.config.recipe().into_bytes()])?;
        file.add("journal.jsonl", [self.edits.journal.print().into_bytes()])?;
        file.add("history.csv", [history::csv(self.recorder()).into_bytes()])?;
        Ok(file.finish())
    }

    /// Goes on with a project exactly where it was saved. Where it has only a list of its images, they must be those that
    /// are open. On an error everything stays as it was.
    pub fn open_project(&mut self, bytes: &[u8]) -> Result<Notice> {
        let project::ProjectParts { run, images } = project::read(bytes)?;
        self.resume_as_it_was(run, images).map_err(|error| error.within("project"))
    }
}

/// The images in a project's bytes, to begin a session with.
pub fn project_images(bytes: &[u8]) -> Result<Loaded> {
    unpacked(bytes, &Progress::default())
}

/// The name, class, split and checksum of each image.
fn listed(data: &Data, progress: &Progress) -> Result<Vec<u8>> {
    let failed = |error: &dyn std::fmt::Display| Error::new(format!("the list of images cannot be written ({error})"));
    let mut table = csv::Writer::from_writer(Vec::new());
    table.write_record(["name", "class", "split", "crc32c"]).map_err(|error| failed(&error))?;
    progress.expect(data.len());
    for (index, name) in data.names.iter().enumerate() {
        progress.count(1)?;
        data.prepare(&[index as u32], 1)?;
        let mut sum = Checksum::default();
        sum.add(&data.example(index));
        data.check_read()?;
        let class = data.labels.get(index).map_or("", |&label| &data.classes[label as usize]);
        let sum = format!("{:08x}", sum.value());
        let row = [name.as_str(), class, data.splits[index].name(), &sum];
        table.write_record(row).map_err(|error| failed(&error))?;
    }
    table.into_inner().map_err(|error| failed(&error))
}
