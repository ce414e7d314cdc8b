using SocketIOClient;

/* here */
