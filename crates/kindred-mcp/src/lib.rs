//! Kindred's verbs as tools for language-model agents (Model Context Protocol).
