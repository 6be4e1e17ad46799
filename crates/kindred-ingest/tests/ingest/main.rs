//! Black-box tests of the readers, on small documents written for this project.

#[cfg(test)]
mod damage;
#[cfg(test)]
mod feeds;
#[cfg(test)]
mod lines;
#[cfg(test)]
mod mapping;
mod oai;
mod paper_feeds;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod query;
#[cfg(test)]
mod references;
#[cfg(test)]
mod samples;
#[cfg(test)]
mod support;
#[cfg(test)]
mod zotero;
