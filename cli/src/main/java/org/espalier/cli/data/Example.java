package org.espalier.cli.data;

/// One labelled example of a task; the permitted records are the four shapes a task can have.
public sealed interface Example permits TextExample, WordExample, TagExample, RegressionExample {}
