using System.Globalization;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using static Sockeye.EngineIO.Tests.Sessions.EngineHarness;

namespace Sockeye.EngineIO.Tests.Sessions;

/// <summary>Random sequences of what clients, servers and networks do, against the little that must hold in all of them.</summary>
public sealed class SessionModelTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void Whatever_happens_there_is_one_transport_one_close_and_no_packet_lost_or_doubled(int loops)
    {
        var operations = Gen.Choose(0, 99).ArrayOf(60).ToArbitrary();
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(400), Prop.ForAll(operations, run => new Run(loops).Play(run)));
    }

    private sealed class Run(int loops)
    {
        private readonly List<string> _received = [];
        private readonly List<HttpPeer> _polls = [];
        private EngineHarness _engine = null!;
        private string _target = "";
        private HttpPeer _post = null!;
        private WebSocketPeer? _peer;
        private int _posted;
        private int _sent;
        private int _step;
        private bool _hasProbed;
        private bool _isUpgraded;
        private bool _mayMiss;

        public void Play(int[] operations)
        {
            using var engine = new EngineHarness(new EngineOptions { UpgradeTimeout = TimeSpan.FromSeconds(1), NodeId = 7 }, loops);
            _engine = engine;
            _target = engine.Open(operations.Length % loops);
            _post = engine.Connect();
            foreach (var operation in operations)
            {
                Step(operation);
                Collect();
                CheckAlways();
                _step++;
            }

            Finish();
        }

        private int NextLoop => _step % loops;

        private EngineSession Session => _engine.Session;

        private bool IsOpen => Session.State == EngineState.Open;

        private void Step(int operation)
        {
            switch (operation)
            {
                case < 20:
                    Emit(1 + (operation % 3));
                    break;
                case < 40:
                    Push();
                    break;
                case < 60:
                    // Two open polls end the session, so the second one is rare.
                    if (_polls.Count == 0 || operation == 41)
                    {
                        _polls.Add(_engine.Connect(NextLoop).Send("GET", _target));
                    }

                    break;
                case < 68:
                    if (_peer is null)
                    {
                        _peer = _engine.ConnectWebSocket(ToWebSocket(_target), NextLoop);
                        if (_peer.Handshake.Status != 101)
                        {
                            _peer = null;
                        }
                    }

                    break;
                case < 78:
                    if (_peer is not null && !_isUpgraded)
                    {
                        _hasProbed = true;
                        _peer.Send("2probe");
                    }

                    break;
                case < 88:
                    // A client upgrades when its poll has ended.
                    if (_peer is not null && _hasProbed && !_isUpgraded && _polls.Count == 0)
                    {
                        _peer.Send("5");
                        _isUpgraded = Session.Transport == "websocket";
                    }

                    break;
                case < 90:
                    if (_peer is not null && !_isUpgraded)
                    {
                        _peer.Send("4too early");
                        Forget();
                    }

                    break;
                case < 92:
                    _engine.Advance(400);
                    break;
                case 92:
                    if (_peer is not null)
                    {
                        _mayMiss |= _isUpgraded;
                        _peer.Reset();
                        Forget();
                    }

                    break;
                case 93:
                    if (_polls.Count > 0)
                    {
                        _mayMiss = true;
                        _polls[0].Reset();
                        _polls.RemoveAt(0);
                    }

                    break;
                case 94:
                    _engine.OnLoop(Session, () => Session.Close());
                    break;
                case 95:
                    _mayMiss = true;
                    _engine.Connect(NextLoop).Send("POST", _target, "1");
                    break;
                case 96:
                    _mayMiss = true;
                    _engine.Connect(NextLoop).Send("POST", _target, "");
                    break;
                case 97:
                    _engine.OnLoop(Session, Session.PauseReading);
                    break;
                default:
                    _engine.OnLoop(Session, Session.ResumeReading);
                    break;
            }
        }

        private void Emit(int count) => _engine.OnLoop(Session, () =>
        {
            for (var i = 0; i < count; i++)
            {
                if (Session.SendText(Encoding.ASCII.GetBytes(_sent.ToString(CultureInfo.InvariantCulture))) == EmitResult.Accepted)
                {
                    _sent++;
                }
            }
        });

        private void Push()
        {
            if (_isUpgraded && _peer is not null)
            {
                _peer.Send($"4{_posted}");
                _posted++;
            }
            else if (!_isUpgraded && !Session.IsReadingPaused)
            {
                var answer = _post.Post(_target, $"4{_posted}");
                if (answer.Status == 200 && IsOpen)
                {
                    _posted++;
                }
            }
        }

        private void Forget()
        {
            _peer = null;
            _hasProbed = false;
        }

        private void Collect()
        {
            for (var i = _polls.Count - 1; i >= 0; i--)
            {
                if (_polls[i].TryReceive() is { } answer)
                {
                    _polls.RemoveAt(i);
                    if (answer.Status == 200)
                    {
                        _received.AddRange(answer.Text.Split('\u001e').Where(packet => packet[0] == '4'));
                    }
                }
            }

            if (_peer is not null)
            {
                _received.AddRange(_peer.Take().Where(packet => packet[0] == '4'));
                if (!_isUpgraded && _peer.CloseCode is not null)
                {
                    Forget();
                }
            }
        }

        private void CheckAlways()
        {
            Assert.Equal(Enumerable.Range(0, _received.Count).Select(i => $"4{i}"), _received);
            Assert.Equal(Enumerable.Range(0, _engine.Handler.Messages(Session).Count).Select(i => $"{i}"), _engine.Handler.Messages(Session));
            Assert.Equal(IsOpen ? 0 : 1, _engine.Handler.Closes.Count);
            Assert.Equal(IsOpen ? 1 : 0, _engine.Engine.SessionCount);
            Assert.Equal(_isUpgraded, Session.IsUpgraded);
            if (_isUpgraded)
            {
                Assert.Equal("websocket", Session.Transport);
            }
        }

        /// <summary>All that was accepted arrives, unless the client or the network broke something on the way.</summary>
        private void Finish()
        {
            _engine.OnLoop(Session, Session.ResumeReading);
            for (var i = 0; i < 20 && !_isUpgraded && Session.State != EngineState.Closed; i++)
            {
                if (_polls.Count == 0)
                {
                    _polls.Add(_engine.Connect().Send("GET", _target));
                }

                Collect();
            }

            Collect();
            CheckAlways();
            if (IsOpen)
            {
                Assert.Equal(_posted, _engine.Handler.Messages(Session).Count);
            }

            if (!_mayMiss && _engine.Handler.Closes is [] or ["forced server close"])
            {
                Assert.Equal(_sent, _received.Count);
            }
        }
    }
}
