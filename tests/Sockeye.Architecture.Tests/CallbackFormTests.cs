using System.Reflection;

namespace Sockeye.Architecture.Tests;

/// <summary>A delegate without a value takes an async lambda, and nobody waits for it. So each public callback has a form that returns a task, or one that does not compile.</summary>
public sealed class CallbackFormTests
{
    /// <summary>What is left, with the reason.</summary>
    private static readonly string[] Excepted =
    [
        "Sockeye.Cluster.IClusterBus.add_NoResponders",     // listeners of the engine and of plugins; a bus tells what fails in one, and events have one form
        "Sockeye.Cluster.IClusterBus.add_StateChanged",
        "Sockeye.Cluster.IClusterBus.remove_NoResponders",
        "Sockeye.Cluster.IClusterBus.remove_StateChanged",
        "Sockeye.Cluster.NatsClusterBus.add_NoResponders",  // an async void that one begins is told and does not end the process
        "Sockeye.Cluster.NatsClusterBus.add_StateChanged",
        "Sockeye.Cluster.NatsClusterBus.remove_NoResponders",
        "Sockeye.Cluster.NatsClusterBus.remove_StateChanged",
        "Sockeye.Cluster.ServerCluster.add_Gap",            // as those of a bus: what a listener begins is told
        "Sockeye.Cluster.ServerCluster.add_NodeChanged",
        "Sockeye.Cluster.ServerCluster.remove_Gap",
        "Sockeye.Cluster.ServerCluster.remove_NodeChanged",
        "Sockeye.InProcessBus.add_NoResponders",            // an async void that one begins is told and does not end the process
        "Sockeye.InProcessBus.add_StateChanged",
        "Sockeye.InProcessBus.remove_NoResponders",
        "Sockeye.InProcessBus.remove_StateChanged",
        "Sockeye.Testing.SockeyeTestCluster..ctor",         // as SockeyeTestServer
        "Sockeye.Testing.SockeyeTestCluster.Add",           // `build` may be null
        "Sockeye.Testing.TestBus.set_Delivered",            // called on the test's own thread
        "Sockeye.Testing.TestBus.set_Published",            // called on the test's own thread
        "Sockeye.Testing.SockeyeTestServer..ctor",          // `build` may be null; the first callback, of its shorter form too, has the form that does not compile
        "Sockeye.Testing.SockeyeTestServer.set_Received",   // called on the test's own thread
        "Sockeye.Transport.LoopBase.Post",                  // ITransportLoop.Post, which has the form that does not compile
        "Sockeye.Transport.LoopBase.Schedule",              // DotNetty's
        "Sockeye.Transport.LoopBase.ScheduleAsync",         // DotNetty's
    ];

    [Fact]
    public void Every_public_callback_without_a_value_has_a_form_that_is_awaited_or_does_not_compile()
    {
        List<string> lacking = [];
        foreach (var type in Repository.Projects.Keys.Where(project => project != "Sockeye.Host").SelectMany(project => Assembly.Load(project).GetExportedTypes()))
        {
            if (typeof(Delegate).IsAssignableFrom(type))
            {
                continue;
            }

            const BindingFlags Own = BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;
            MethodBase[] all = [.. type.GetMethods(Own & ~BindingFlags.DeclaredOnly), .. type.GetConstructors(Own)];
            foreach (var method in all.Where(method => method.DeclaringType == type && method.GetCustomAttribute<ObsoleteAttribute>() is null && !IsOfTheRuntime(method)))
            {
                var parameters = method.GetParameters();
                for (var i = 0; i < parameters.Length; i++)
                {
                    var name = $"{type.FullName}.{method.Name}";
                    if (TakesAsyncVoid(parameters[i].ParameterType) && !Excepted.Contains(name) && !all.Any(other => IsTaskForm(other, method, i)))
                    {
                        lacking.Add($"{name}({string.Join(", ", parameters.Select(parameter => parameter.ParameterType.Name))})");
                    }
                }
            }
        }

        Assert.True(lacking.Count == 0, string.Join(Environment.NewLine, lacking));
    }

    /// <summary>An override of a method that the runtime has declared, and that has had its form ever since.</summary>
    private static bool IsOfTheRuntime(MethodBase method) => method is MethodInfo own && !own.GetBaseDefinition().DeclaringType!.Assembly.GetName().Name!.StartsWith("Sockeye.", StringComparison.Ordinal);

    /// <summary>A delegate without a value, whose parameters an async lambda may have: none by reference.</summary>
    private static bool TakesAsyncVoid(Type type) =>
        typeof(Delegate).IsAssignableFrom(type) && type.GetMethod("Invoke") is { } invoke && invoke.ReturnType == typeof(void)
        && !invoke.GetParameters().Any(parameter => parameter.ParameterType.IsByRefLike || parameter.ParameterType.IsByRef);

    private static bool IsTaskForm(MethodBase other, MethodBase method, int index)
    {
        ParameterInfo[] own = method.GetParameters(), theirs = other.GetParameters();
        return other.Name == method.Name && own.Length == theirs.Length
            && typeof(Delegate).IsAssignableFrom(theirs[index].ParameterType)
            && theirs[index].ParameterType.GetMethod("Invoke") is { } invoke
            && (typeof(Task).IsAssignableFrom(invoke.ReturnType) || invoke.ReturnType == typeof(ValueTask))
            && invoke.GetParameters().Length == own[index].ParameterType.GetMethod("Invoke")!.GetParameters().Length;
    }
}
