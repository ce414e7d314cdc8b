using System.Globalization;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Sockeye.Cluster.Nats;

/// <summary>TLS of a connection as the client of NATS does it, and in words why it does not come about: the client says no more than that a callback has refused. It has no state.</summary>
internal static class NatsTls
{
    /// <summary>The client's own check decides; what it refuses is described.</summary>
    public static void Watch(SslClientAuthenticationOptions tls, NatsBusOptions options, LastFailure failures)
    {
        var decide = tls.RemoteCertificateValidationCallback;
        tls.RemoteCertificateValidationCallback = (sender, certificate, chain, errors) =>
        {
            var isGood = decide?.Invoke(sender, certificate, chain, errors) ?? errors == SslPolicyErrors.None;
            failures.Certificate = isGood ? null : Describe(certificate, errors, options.CaFile, tls.TargetHost, options.Time.GetUtcNow());
            return isGood;
        };
    }

    /// <summary>What the server says of the certificate of this node, by an alert that comes behind the handshake; null: nothing.</summary>
    public static string? Refusal(Exception failure, NatsBusOptions options)
    {
        if (failure is not CryptographicException || !failure.Message.Contains("alert", StringComparison.OrdinalIgnoreCase) || !failure.Message.Contains("certificate", StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        return options.CertificateFile is null
            ? $"TLS fails: the server wants a certificate of this node ({nameof(options.CertificateFile)} and {nameof(options.KeyFile)})"
            : $"TLS fails: the server does not accept the certificate of this node ({nameof(options.CertificateFile)})";
    }

    /// <summary>What is wrong with files of certificates and keys, a sentence for each fault; those that are missing or empty are told elsewhere.</summary>
    public static IEnumerable<string> Check(NatsBusOptions options)
    {
        if (options.CaFile is { } ca && NamedFile.HasContent(ca) && Fault(() => Authorities(ca)) is { } wrong)
        {
            yield return $"{nameof(options.CaFile)}: '{ca}' has no certificate as PEM ({wrong}).";
        }

        if (options is { CertificateFile: { } certificate, KeyFile: { } key } && NamedFile.HasContent(certificate) && NamedFile.HasContent(key) && Fault(() => X509Certificate2.CreateFromPemFile(certificate, key).Dispose()) is { } apart)
        {
            yield return $"{nameof(options.CertificateFile)} and {nameof(options.KeyFile)}: '{certificate}' and '{key}' are no certificate with its key as PEM ({apart}).";
        }
    }

    private static void Authorities(string file)
    {
        X509Certificate2Collection found = [];
        found.ImportFromPemFile(file);
        if (found.Count == 0)
        {
            throw new CryptographicException("it is empty, or something else");
        }

        foreach (var one in found)
        {
            one.Dispose();
        }
    }

    private static string? Fault(Action read)
    {
        try
        {
            read();
            return null;
        }
        catch (Exception failure) when (failure is CryptographicException or ArgumentException or IOException or UnauthorizedAccessException)
        {
            return failure.Message.TrimEnd('.');
        }
    }

    private static string Describe(X509Certificate? found, SslPolicyErrors errors, string? authorities, string? host, DateTimeOffset now)
    {
        if (found is not X509Certificate2 certificate)
        {
            return "the server has shown no certificate";
        }

        if (now < certificate.NotBefore || now > certificate.NotAfter)
        {
            return string.Create(CultureInfo.InvariantCulture, $"the certificate of the server is good from {certificate.NotBefore.ToUniversalTime():u} to {certificate.NotAfter.ToUniversalTime():u} only");
        }

        if (errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch))
        {
            return $"the certificate of the server, {certificate.Subject}, is not for the host {host}";
        }

        var issuer = $"the certificate of the server is signed by {certificate.Issuer}, ";
        return issuer + (authorities is null ? $"whom this machine does not know: {nameof(NatsBusOptions.CaFile)} names who may sign" : $"and {nameof(NatsBusOptions.CaFile)} '{authorities}' names somebody else");
    }
}
