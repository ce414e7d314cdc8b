namespace Sockeye.Host.Tests;

public sealed class HostEnvironmentTests
{
    [Theory]
    [InlineData("SOCKEYE_SERVICE_HOST", "10.0.0.1")]
    [InlineData("SOCKEYE_SERVICE_PORT", "3000")]
    [InlineData("SOCKEYE_SERVICE_PORT_HTTP", "3000")]
    [InlineData("SOCKEYE_SERVICE_PORT_WEB_2", "3000")]
    [InlineData("SOCKEYE_PORT", "tcp://10.0.0.1:3000")]
    [InlineData("SOCKEYE_PORT", "udp://10.0.0.1:3000")]
    [InlineData("SOCKEYE_PORT_3000_TCP", "tcp://10.0.0.1:3000")]
    [InlineData("SOCKEYE_PORT_3000_TCP_PROTO", "tcp")]
    [InlineData("SOCKEYE_PORT_3000_TCP_PORT", "3000")]
    [InlineData("SOCKEYE_PORT_3000_TCP_ADDR", "10.0.0.1")]
    [InlineData("SOCKEYE_PORT_5000_SCTP_ADDR", "10.0.0.1")]
    [InlineData("SOCKEYE_ADMIN_SERVICE_HOST", "10.0.0.2")]
    [InlineData("SOCKEYE_ADMIN_2_PORT_9000_UDP", "udp://10.0.0.2:9000")]
    [InlineData("SOCKEYE_ADMIN_PORT", "tcp://10.0.0.2:9000")]
    [InlineData("PATH", "/bin")]
    [InlineData("SOCKEYE", "x")]
    [InlineData("SOCKEYE_", "x")]
    public void What_tells_of_a_service_is_no_setting(string variable, string value) => Assert.Empty(Read(variable, value));

    [Theory]
    [InlineData("SOCKEYE_PORT", "3000", "PORT")]
    [InlineData("SOCKEYE_PORT", "tcp", "PORT")]
    [InlineData("SOCKEYE_PORT", "http://*:80", "PORT")]
    [InlineData("SOCKEYE_Urls", "http://*:3000", "Urls")]
    [InlineData("sockeye_urls", "http://*:3000", "urls")]
    [InlineData("SOCKEYE_ENGINE__PINGINTERVAL", "00:00:10", "ENGINE:PINGINTERVAL")]
    [InlineData("SOCKEYE_Engine__Cors__Origins__0", "https://example.org", "Engine:Cors:Origins:0")]
    [InlineData("SOCKEYE_Engine_PingInterval", "00:00:10", "Engine_PingInterval")]
    [InlineData("Sockeye__Urls", "http://*:3000", "Urls")]
    [InlineData("SOCKEYE__Engine__PingInterval", "00:00:10", "Engine:PingInterval")]
    [InlineData("SOCKEYE__", "x", "_")]
    [InlineData("SOCKEYE_PORTS", "3000", "PORTS")]
    [InlineData("SOCKEYE_Service_Host", "x", "Service_Host")]
    [InlineData("SOCKEYE_ADMIN__SERVICE_HOST", "x", "ADMIN:SERVICE_HOST")]
    [InlineData("SOCKEYE_SERVICE_HOSTS", "x", "SERVICE_HOSTS")]
    public void Every_other_variable_with_the_prefix_is_a_setting(string variable, string value, string key)
    {
        var setting = Assert.Single(Read(variable, value));
        Assert.Equal((key, value, variable), setting);
    }

    private static (string, string, string)[] Read(string variable, string value) => [.. HostEnvironment.Settings(new Dictionary<string, string> { [variable] = value })];
}
