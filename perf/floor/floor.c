// The floor: what the kernel alone charges for Socket.IO traffic. One thread, level-triggered epoll, one recv and one send per
// wake-up, a broadcast framed once. It speaks just enough Engine.IO v4 / Socket.IO v5 for the load generator and checks nothing.
//
//   floor PORT [--gather] [--ping MS]      --gather collects broadcasts per member and sends them at the end of the turn
#define _GNU_SOURCE
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include "bytes.h"
#include "handshake.h"

enum { READ_BYTES = 256 * 1024, MAX_CONNECTIONS = 65536, EVENTS = 1024, CLOCK_STEP_MS = 4 };

// A polling session: what waits for the next GET, and the GET that waits for it.
struct session { struct bytes output; struct connection *waiting; };

struct connection {
    int fd;
    int member;                         // index in members, -1: none
    unsigned char websocket, gathered, blocked;
    struct bytes input;                 // a message that is not complete yet
    struct bytes output;                // gathered, or not yet taken by the kernel
    size_t sent;                        // how much of it the kernel has taken
    struct session *session;
    struct connection *older, *newer;   // ordered by the next ping
    long long ping_at;
};

static struct connection connections[MAX_CONNECTIONS];      // by descriptor; a page is touched when one of it is used
static struct connection *members[MAX_CONNECTIONS], *gathered[MAX_CONNECTIONS];
static int member_count, gathered_count, gather, epoll, ping_interval_ms = 25000;
static struct connection *oldest, *newest;
static long long now_ms;
static unsigned char read_buffer[READ_BYTES];
static struct bytes replies;            // all answers to one read, sent together
static struct bytes broadcast;

// ---- connections ---------------------------------------------------------------------------------------------------------

static void watch(struct connection *c, int blocked) {
    struct epoll_event event = {.events = EPOLLIN | (blocked ? EPOLLOUT : 0), .data.ptr = c};
    c->blocked = (unsigned char)blocked;
    epoll_ctl(epoll, EPOLL_CTL_MOD, c->fd, &event);
}

// Sends at once; what the kernel does not take waits in the connection. Errors show at the next recv.
static void transmit(struct connection *c, const void *data, size_t length) {
    ssize_t sent = 0;
    if (!c->blocked) {
        sent = send(c->fd, data, length, MSG_NOSIGNAL);
        if (sent == (ssize_t)length || (sent < 0 && errno != EAGAIN)) return;
        if (sent < 0) sent = 0;
        watch(c, 1);
    }
    append(&c->output, (const char *)data + sent, length - (size_t)sent);
}

static void drain(struct connection *c) {
    ssize_t sent = send(c->fd, c->output.data + c->sent, c->output.length - c->sent, MSG_NOSIGNAL);
    if (sent <= 0) return;
    c->sent += (size_t)sent;
    if (c->sent == c->output.length) {
        release(&c->output);
        c->sent = 0;
        watch(c, 0);
    }
}

static void send_gathered(void) {
    for (int i = 0; i < gathered_count; i++) {
        struct connection *c = gathered[i];
        if (!c) continue;
        c->gathered = 0;
        if (c->blocked) continue;
        size_t length = c->output.length;
        c->output.length = 0;
        ssize_t sent = send(c->fd, c->output.data, length, MSG_NOSIGNAL);
        if (sent == (ssize_t)length || (sent < 0 && errno != EAGAIN)) continue;
        if (sent < 0) sent = 0;
        c->output.length = length;
        c->sent = (size_t)sent;
        watch(c, 1);
    }
    gathered_count = 0;
}

static void schedule_ping(struct connection *c) {
    c->ping_at = now_ms + ping_interval_ms;
    c->older = newest;
    c->newer = NULL;
    if (newest) newest->newer = c; else oldest = c;
    newest = c;
}

static void unschedule_ping(struct connection *c) {
    if (c->older) c->older->newer = c->newer; else oldest = c->newer;
    if (c->newer) c->newer->older = c->older; else newest = c->older;
}

static void send_pings(void) {
    for (struct connection *c; (c = oldest) && c->ping_at <= now_ms;) {
        unschedule_ping(c);
        schedule_ping(c);
        transmit(c, "\x81\x01" "2", 3);
    }
}

static void end(struct connection *c) {
    if (c->member >= 0) {
        members[c->member] = members[--member_count];
        members[c->member]->member = c->member;
    }
    for (int i = 0; c->gathered && i < gathered_count; i++) if (gathered[i] == c) gathered[i] = NULL;
    if (c->websocket) unschedule_ping(c);
    if (c->session) {
        release(&c->session->output);
        free(c->session);
    }
    release(&c->input);
    release(&c->output);
    close(c->fd);
}

// ---- packets -------------------------------------------------------------------------------------------------------------

static void put_frame(struct bytes *to, const void *head, size_t head_length, const void *body, size_t body_length) {
    size_t length = head_length + body_length;
    unsigned char *frame = reserve(to, length + 4), *at = frame;
    *at++ = 0x81;
    if (length > 125) {
        *at++ = 126;
        *at++ = (unsigned char)(length >> 8);
    }
    *at++ = (unsigned char)length;
    memcpy(at, head, head_length);
    memcpy(at + head_length, body, body_length);
    to->length = (size_t)(at + length - to->data);
}

// A packet for the peer itself: a frame among the replies, or a part of the next poll's payload.
static void answer(struct session *polling, const void *head, size_t head_length, const void *body, size_t body_length) {
    if (!polling) {
        put_frame(&replies, head, head_length, body, body_length);
        return;
    }
    if (polling->output.length > 0) append(&polling->output, "\x1e", 1);
    append(&polling->output, head, head_length);
    append(&polling->output, body, body_length);
}

static void publish(const unsigned char *arguments, size_t length) {
    broadcast.length = 0;
    put_frame(&broadcast, "42[\"msg\",", 9, arguments, length);
    for (int i = 0; i < member_count; i++) {
        struct connection *c = members[i];
        if (!gather) {
            transmit(c, broadcast.data, broadcast.length);
            continue;
        }
        append(&c->output, broadcast.data, broadcast.length);
        if (!c->gathered) {
            c->gathered = 1;
            gathered[gathered_count++] = c;
        }
    }
}

// flood(count, size): count times a text of size characters, as if each had been published.
static void flood(const char *arguments, const char *end) {
    int count = 0, size = 0;
    char text[32] = "";
    memcpy(text, arguments, (size_t)(end - arguments) < sizeof text ? (size_t)(end - arguments) : sizeof text - 1);
    if (sscanf(text, "%d,%d", &count, &size) != 2 || size < 0 || size > 60000) return;
    char *message = malloc((size_t)size + 3);
    memset(message, 'x', (size_t)size + 3);
    message[0] = message[size + 1] = '"';
    message[size + 2] = ']';
    for (int i = 0; i < count; i++) publish((unsigned char *)message, (size_t)size + 3);
    free(message);
}

// Whether the data begin with a literal.
#define STARTS(data, length, literal) ((length) >= sizeof literal - 1 && memcmp(data, literal, sizeof literal - 1) == 0)

// 43, the id that begins behind the packet's two digits, and an opening bracket.
static void acknowledge(struct session *polling, const unsigned char *packet, size_t id_end, const void *rest, size_t rest_length) {
    char head[32] = "43";
    size_t length = id_end < 24 ? id_end : 24;
    memcpy(head + 2, packet + 2, length - 2);
    head[length] = '[';
    answer(polling, head, length + 1, rest, rest_length);
}

static void handle_packet(struct connection *c, struct session *polling, const unsigned char *packet, size_t length) {
    static const char connected[] = "40{\"sid\":\"BBBBBBBBBBBBBBBBBBBB\"}";
    if (length < 2 || packet[0] != '4') return;
    if (packet[1] == '0') {
        answer(polling, connected, sizeof connected - 1, "", 0);
        return;
    }
    if (packet[1] != '2') return;
    size_t at = 2;
    while (at < length && packet[at] >= '0' && packet[at] <= '9') at++;
    const unsigned char *event = packet + at;
    size_t left = length - at;
    if (STARTS(event, left, "[\"echo\",")) {
        if (at == 2) answer(polling, packet, length, "", 0);
        else acknowledge(polling, packet, at, event + 8, left - 8);
    } else if (STARTS(event, left, "[\"join\"")) {
        if (c->member < 0) {
            c->member = member_count;
            members[member_count++] = c;
        }
        if (at > 2) acknowledge(polling, packet, at, "]", 1);
    } else if (STARTS(event, left, "[\"pub\",")) {
        publish(event + 7, left - 7);
    } else if (STARTS(event, left, "[\"flood\",")) {
        flood((const char *)event + 9, (const char *)event + left);
    }
}

// Unmasks and handles all complete frames; returns the bytes used, or -1 at the end of the connection.
static ssize_t read_frames(struct connection *c, unsigned char *data, size_t length) {
    size_t at = 0;
    while (length - at >= 6) {
        size_t payload = data[at + 1] & 127, header = 6;
        if (payload == 126) {
            payload = (size_t)data[at + 2] << 8 | data[at + 3];
            header = 8;
        } else if (payload == 127) {
            return -1;
        }
        if (length - at < header + payload) break;
        unsigned char *body = data + at + header;
        uint32_t key;
        memcpy(&key, body - 4, 4);
        uint64_t wide = (uint64_t)key << 32 | key;
        size_t i = 0;
        for (uint64_t word; i + 8 <= payload; i += 8) {
            memcpy(&word, body + i, 8);
            word ^= wide;
            memcpy(body + i, &word, 8);
        }
        for (; i < payload; i++) body[i] ^= (unsigned char)(key >> 8 * (i & 3));
        int opcode = data[at] & 15;
        if (opcode == 8) return -1;
        if (opcode == 1) handle_packet(c, NULL, body, payload);
        at += header + payload;
    }
    return (ssize_t)at;
}

// ---- HTTP ----------------------------------------------------------------------------------------------------------------

static void respond(struct bytes *to, const void *body, size_t length) {
    char head[128];
    int size = sprintf(head, "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=UTF-8\r\nContent-Length: %zu\r\n\r\n", length);
    append(to, head, (size_t)size);
    append(to, body, length);
}

static void respond_waiting(struct session *s) {
    if (!s->waiting || s->output.length == 0) return;
    struct bytes response = {0};
    respond(&response, s->output.data, s->output.length);
    transmit(s->waiting, response.data, response.length);
    release(&response);
    s->output.length = 0;
    s->waiting = NULL;
}

static void upgrade(struct connection *c, const char *key) {
    static const char open[] = "0{\"sid\":\"AAAAAAAAAAAAAAAAAAAA\",\"upgrades\":[],\"pingInterval\":25000,\"pingTimeout\":20000,\"maxPayload\":1000000}";
    char accept[28];
    accept_key(key, accept);
    append(&replies, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ", 97);
    append(&replies, accept, sizeof accept);
    append(&replies, "\r\n\r\n", 4);
    put_frame(&replies, open, sizeof open - 1, "", 0);
    c->websocket = 1;
    schedule_ping(c);
}

// One session per connection, which is how the load generator polls: the sid needs no look-up.
static void poll_get(struct connection *c, int has_sid) {
    if (!has_sid) {
        static const char open[] = "0{\"sid\":\"AAAAAAAAAAAAAAAAAAAA\",\"upgrades\":[\"websocket\"],\"pingInterval\":25000,\"pingTimeout\":20000,\"maxPayload\":1000000}";
        c->session = calloc(1, sizeof *c->session);
        respond(&replies, open, sizeof open - 1);
    } else if (c->session && c->session->output.length > 0) {
        respond(&replies, c->session->output.data, c->session->output.length);
        c->session->output.length = 0;
    } else if (c->session) {
        c->session->waiting = c;
    }
}

static void poll_post(struct connection *c, const unsigned char *body, size_t length) {
    if (!c->session) return;
    for (const unsigned char *stop = body + length; body <= stop;) {
        const unsigned char *mark = memchr(body, 0x1e, (size_t)(stop - body));
        if (!mark) mark = stop;
        handle_packet(c, c->session, body, (size_t)(mark - body));
        body = mark + 1;
    }
    respond(&replies, "ok", 2);
    respond_waiting(c->session);
}

// Handles complete requests; returns the bytes used, or -1 for what it does not speak.
static ssize_t read_requests(struct connection *c, unsigned char *data, size_t length) {
    size_t at = 0;
    while (at < length && !c->websocket) {
        char *head = (char *)data + at;
        char *head_end = memmem(head, length - at, "\r\n\r\n", 4);
        if (!head_end) break;
        *head_end = 0;              // the four bytes behind the head are not needed again once it is complete
        char *key = strcasestr(head, "\r\nSec-WebSocket-Key: ");
        char *size = strcasestr(head, "\r\nContent-Length: ");
        size_t body = size ? strtoul(size + 18, NULL, 10) : 0;
        size_t total = (size_t)(head_end + 4 - head) + body;
        if (length - at < total) {
            *head_end = '\r';
            break;
        }
        char *line_end = strchr(head, '\r');
        int has_sid = line_end && memmem(head, (size_t)(line_end - head), "sid=", 4) != NULL;
        if (key) upgrade(c, key + 21);
        else if (head[0] == 'G') poll_get(c, has_sid);
        else if (head[0] == 'P') poll_post(c, (unsigned char *)head_end + 4, body);
        else return -1;
        at += total;
    }
    return (ssize_t)at;
}

// ---- the loop ------------------------------------------------------------------------------------------------------------

static void on_readable(struct connection *c) {
    size_t kept = c->input.length;
    if (kept > 0) memcpy(read_buffer, c->input.data, kept);
    ssize_t received = recv(c->fd, read_buffer + kept, READ_BYTES - kept, 0);
    if (received <= 0) {
        if (received == 0 || errno != EAGAIN) end(c);
        return;
    }
    size_t length = kept + (size_t)received;
    ssize_t used = c->websocket ? 0 : read_requests(c, read_buffer, length);
    if (used >= 0 && c->websocket) {
        ssize_t frames = read_frames(c, read_buffer + used, length - (size_t)used);
        used = frames < 0 ? -1 : used + frames;
    }
    if (replies.length > 0) transmit(c, replies.data, replies.length);
    replies.length = 0;
    if (used < 0) {
        end(c);
        return;
    }
    c->input.length = 0;
    if ((size_t)used < length) append(&c->input, read_buffer + used, length - (size_t)used);
}

static void on_acceptable(int listener) {
    for (int i = 0; i < 64; i++) {
        int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
        if (fd < 0) return;
        if (fd >= MAX_CONNECTIONS) {
            close(fd);
            continue;
        }
        struct connection *c = &connections[fd];
        *c = (struct connection){.fd = fd, .member = -1};
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = c};
        epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
    }
}

static void read_clock(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC_COARSE, &t);
    now_ms = t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

int main(int count, char **arguments) {
    if (count < 2) {
        fputs("usage: floor PORT [--gather] [--ping MS]\n", stderr);
        return 2;
    }
    for (int i = 2; i < count; i++) {
        if (strcmp(arguments[i], "--gather") == 0) gather = 1;
        else if (strcmp(arguments[i], "--ping") == 0 && i + 1 < count) ping_interval_ms = atoi(arguments[++i]);
    }
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), one = 1;
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    setsockopt(listener, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);   // what it accepts inherits it
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(arguments[1])), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    if (bind(listener, (struct sockaddr *)&address, sizeof address) || listen(listener, 4096)) {
        perror("floor");
        return 1;
    }
    epoll = epoll_create1(0);
    static struct epoll_event events[EVENTS];
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL};
    epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event);
    puts("ready");
    fflush(stdout);
    for (;;) {
        int timeout = oldest ? (int)(oldest->ping_at > now_ms ? oldest->ping_at - now_ms + CLOCK_STEP_MS : 0) : -1;
        int ready = epoll_wait(epoll, events, EVENTS, timeout);
        read_clock();
        send_pings();
        for (int i = 0; i < ready; i++) {
            struct connection *c = events[i].data.ptr;
            if (!c) {
                on_acceptable(listener);
                continue;
            }
            if (events[i].events & EPOLLOUT) drain(c);
            if (events[i].events & ~(uint32_t)EPOLLOUT) on_readable(c);
        }
        if (gathered_count > 0) send_gathered();
    }
}
