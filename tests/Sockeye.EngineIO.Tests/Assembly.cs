using Xunit.Sdk;
using Xunit.v3;

// The buffer counters are those of the process: a test that compares them before and after must run alone.
[assembly: Parallelization(Mode = ParallelMode.None)]
