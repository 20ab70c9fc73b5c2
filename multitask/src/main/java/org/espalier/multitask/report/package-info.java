/// What a run says to people: comparisons with honest error bars.
package org.espalier.multitask.report;
