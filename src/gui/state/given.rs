//! Paths that a person gave: opens what is there, or saves to it.

use std::path::PathBuf;

use crate::firmware::Existing;
use crate::gui::background::{self, Reader};
use crate::gui::job_profile::is_job_profile;

use super::log::Level;
use super::path::Dialog;
use super::{Effect, PathFor, Screen, State};

impl State {
    /// One file is for an upgrade; several are combined in Files.
    pub(super) fn open(&mut self, paths: Vec<PathBuf>) -> Vec<Effect> {
        let purpose = match paths.as_slice() {
            [_] if self.screen != Screen::Files => PathFor::Firmware,
            _ => PathFor::Input,
        };
        if purpose == PathFor::Input {
            self.show(Screen::Files);
        }
        let given = paths.into_iter();
        given
            .flat_map(|path| self.path_given(purpose, path))
            .collect()
    }

    pub(super) fn path_given(&mut self, purpose: PathFor, path: PathBuf) -> Vec<Effect> {
        // The dialog has asked whether an existing file may be replaced.
        self.save_to(purpose, path, Existing::Replace)
    }

    /// Makes the text to save only now, so that it holds everything up to this moment.
    pub(super) fn save_to(
        &mut self,
        purpose: PathFor,
        path: PathBuf,
        existing: Existing,
    ) -> Vec<Effect> {
        if self.refuses_output(purpose, &path) {
            return Vec::new();
        }
        if !matches!(purpose, PathFor::Backups | PathFor::Records)
            && purpose.row().dialog != Dialog::Open
        {
            self.settings.save_folder = path.parent().map(PathBuf::from);
        }
        match purpose {
            PathFor::Firmware | PathFor::Input | PathFor::Job if is_job_profile(&path) => {
                return self.open_job(path);
            }
            PathFor::Job => return self.open_job(path),
            PathFor::SaveJob => return self.save_job(path, existing),
            PathFor::Firmware => {
                if let Err(why) = self.can_choose_file() {
                    self.banner(Level::Warning, why);
                    return Vec::new();
                }
                if self.screen != Screen::Batch {
                    self.screen = Screen::Upgrade;
                }
                self.address.clear();
                return vec![self.load(path)];
            }
            PathFor::Backups => {
                self.settings.backup_folder = Some(path);
                // For option bytes it is only the folder.
                self.settings.options.backup |= self.screen != Screen::ReadAndErase;
            }
            PathFor::Records => self.settings.records_folder = Some(path),
            PathFor::ReadOut => {
                if let Some(read_out) = &self.read_out {
                    let target = read_out.target.clone();
                    let plain = read_out.plain;
                    return vec![Effect::Background(background::Task::SaveTarget {
                        path,
                        existing,
                        target,
                        plain,
                    })];
                }
            }
            PathFor::SaveOptionBytes => {
                return self.save_option_bytes(path, existing).into_iter().collect();
            }
            PathFor::OptionBytes => {
                self.settings.remember_folder(&path);
                return vec![Effect::Background(background::Task::Load {
                    path,
                    at: None,
                    reader: Reader::OptionBytes,
                })];
            }
            PathFor::Log => {
                let text = self.log.text();
                return vec![Effect::Background(background::Task::SaveText {
                    path,
                    existing,
                    text,
                })];
            }
            PathFor::TrafficRecord => {
                return vec![Effect::Background(background::Task::StartRecord { path })];
            }
            PathFor::BatchRecord => {
                let text = self.batch.csv();
                return vec![Effect::Background(background::Task::SaveText {
                    path,
                    existing,
                    text,
                })];
            }
            PathFor::Input => {
                self.settings.remember_folder(&path);
                if self.files.add(path.clone()) {
                    return vec![Effect::Background(background::Task::Load {
                        path,
                        at: None,
                        reader: Reader::Files,
                    })];
                }
            }
            PathFor::CompareWith => {
                self.settings.remember_folder(&path);
                return vec![Effect::Background(background::Task::Load {
                    path,
                    at: None,
                    reader: Reader::Compare,
                })];
            }
            PathFor::MakeFile => {
                let conversion = self.files.one_file(path);
                return self.convert(conversion, existing);
            }
            PathFor::ExtractFolder => {
                let conversion = self.files.folder(path);
                return self.convert(conversion, Existing::Refuse);
            }
        }
        Vec::new()
    }
}
