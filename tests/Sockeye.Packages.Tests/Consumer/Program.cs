using System.Reflection;
using System.Runtime.Loader;
using Xunit;

// Runs the tests of assemblies that were compiled against the packages: each [Fact] and each line of [InlineData], on an object of its own.
var failed = 0;
foreach (var path in args)
{
    foreach (var type in AssemblyLoadContext.Default.LoadFromAssemblyPath(path).GetTypes())
    {
        foreach (var method in type.GetMethods().Where(method => method.GetCustomAttribute<FactAttribute>() is not null))
        {
            var lines = method.GetCustomAttributes<InlineDataAttribute>().Select(line => line.Data).DefaultIfEmpty([]).ToArray();
            foreach (var line in lines)
            {
                try
                {
                    var instance = method.IsStatic ? null : Activator.CreateInstance(type);
                    await (method.Invoke(instance, line) switch
                    {
                        Task task => task,
                        ValueTask task => task.AsTask(),
                        _ => Task.CompletedTask,
                    });
                    await (instance is IAsyncDisposable asynchronous ? asynchronous.DisposeAsync() : ValueTask.CompletedTask);
                    (instance as IDisposable)?.Dispose();
                    Console.WriteLine($"passed {type.Name}.{method.Name}");
                }
                catch (Exception e)
                {
                    failed++;
                    Console.WriteLine($"failed {type.Name}.{method.Name}: {e}");
                }
            }
        }
    }
}

return failed;
