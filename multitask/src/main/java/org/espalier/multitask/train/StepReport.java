package org.espalier.multitask.train;

/// What one step of training did.
///
/// @param step from 1
/// @param steps how many there will be
/// @param task the task of the batch; `all` when the step held every task
/// @param loss its loss before weighting (the sum over tasks when it held all)
/// @param tokens tokens of the step
/// @param gradientNorm joint norm before clipping
/// @param rateFactor the schedule's factor
public record StepReport(
    int step,
    int steps,
    String task,
    double loss,
    int tokens,
    double gradientNorm,
    double rateFactor) {}
