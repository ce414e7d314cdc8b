using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.DependencyInjection;

namespace Sockeye.Hosting;

/// <summary>Objects of a handler class from a container: the service, if it is one, or made by its constructor with the services of the scope.</summary>
internal static class HandlerSource<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] T>
    where T : class, ISocketHandlers<T>
{
    private static readonly Func<IServiceProvider, T> Make = static services => ActivatorUtilities.CreateInstance<T>(services);

    public static void AddTo(BroadcastTarget target, IServiceProvider services, HandlerScope scope)
    {
        if (scope == HandlerScope.Singleton)
        {
            target.AddHandlers(services.GetService<T>() ?? Make(services));
            return;
        }

        var isService = services.GetService<IServiceProviderIsService>()?.IsService(typeof(T)) == true;
        var scopes = services.GetRequiredService<IServiceScopeFactory>();
        target.AddHandlers(scope, _ => new Owner(scopes.CreateAsyncScope()), (owner, socket) => owner.Get(socket, isService));
    }

    /// <summary>A scope, and with it the object that the container does not dispose because it is no service.</summary>
    private sealed class Owner(AsyncServiceScope scope) : IAsyncDisposable
    {
        private T? _own;

        public T Get(SockeyeSocket socket, bool isService)
        {
            var services = scope.ServiceProvider;
            if (services.GetService<CurrentSocket>() is { } current)
            {
                current.Socket = socket;
            }

            return isService ? services.GetRequiredService<T>() : _own = Make(services);
        }

        public async ValueTask DisposeAsync()
        {
            try
            {
                if (_own is IAsyncDisposable own)
                {
                    await own.DisposeAsync().ConfigureAwait(true);
                }
                else
                {
                    (_own as IDisposable)?.Dispose();
                }
            }
            finally
            {
                await scope.DisposeAsync().ConfigureAwait(true);
            }
        }
    }
}

/// <summary>The socket that a scope was made for, so that services of the scope can ask for their <see cref="SockeyeSocket"/>.</summary>
internal sealed class CurrentSocket
{
    public SockeyeSocket Socket
    {
        get => field ?? throw new InvalidOperationException("There is a SockeyeSocket only in the scope of a handler class (AddHandlers) that lives for an event or a socket.");
        set;
    }
}
