using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Sockeye.Cluster.Nats.Tests;

/// <summary>An authority that signs certificates for servers and nodes, as files in a folder of its own, gone with it.</summary>
internal sealed class TestAuthority : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("sockeye-authority-").FullName;
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly X509Certificate2 _certificate;

    public TestAuthority()
    {
        var request = new CertificateRequest($"CN=authority {Path.GetFileName(_folder)}", _key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, 0, critical: true));
        _certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-2), DateTimeOffset.UtcNow.AddDays(2));
        File = Write("ca.pem", _certificate.ExportCertificatePem());
    }

    /// <summary>Its own certificate.</summary>
    public string File { get; }

    /// <summary>A certificate with its key.</summary>
    /// <param name="name">Whose: the host of a server, or the name of a node.</param>
    /// <param name="days">How long it is good from now on; negative: it was.</param>
    public (string Certificate, string Key) Issue(string name, int days = 1)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=" + name, key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(name);
        request.CertificateExtensions.Add(names.Build());
        using var certificate = request.Create(_certificate, DateTimeOffset.UtcNow.AddDays(-2), DateTimeOffset.UtcNow.AddDays(days), RandomNumberGenerator.GetBytes(8));
        return (Write(name + ".pem", certificate.ExportCertificatePem()), Write(name + "-key.pem", key.ExportPkcs8PrivateKeyPem()));
    }

    /// <summary>The TLS of a nats-server with a certificate for a host.</summary>
    /// <param name="host">The host.</param>
    /// <param name="days">How long its certificate is good.</param>
    /// <param name="more">More of it.</param>
    public string Tls(string host = "localhost", int days = 1, string more = "")
    {
        var (certificate, key) = Issue(host, days);
        return $"tls {{ cert_file: \"{certificate}\", key_file: \"{key}\", ca_file: \"{File}\", {more} }}";
    }

    public void Dispose()
    {
        _certificate.Dispose();
        _key.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private string Write(string name, string text)
    {
        var path = Path.Combine(_folder, name);
        System.IO.File.WriteAllText(path, text);
        return path;
    }
}
