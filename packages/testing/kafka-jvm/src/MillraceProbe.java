import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;


/**
 * The second opinion of the tests: Apache Kafka's own Java clients behind JSON lines, so that no claim about what is in a
 * topic rests on the client under test.
 *
 * <p>Prints the port it listens on (127.0.0.1) as its only line of output and lives until its standard input ends. A
 * connection sends {@code {"id", "command", "bootstrap", "timeoutMs", ...}} and gets, per id, any number of
 * {@code {"id", "part"}} and then one {@code {"id", "done"}} or {@code {"id", "error", "message"}}. Commands of one
 * connection run side by side. Offsets and timestamps travel as decimal text, bytes as base64.
 */
public final class MillraceProbe {
  static final ObjectMapper JSON = new ObjectMapper();
  /** Records per "part" line: bounds the size of a line, not of an answer. */
  static final int RECORDS_PER_PART = 500;

  public static void main(String[] args) throws IOException {
    ServerSocket server = new ServerSocket(0, 50, InetAddress.getByName("127.0.0.1"));
    System.out.println(server.getLocalPort());
    System.out.flush();
    Thread acceptor = new Thread(() -> acceptAll(server), "accept");
    acceptor.setDaemon(true);
    acceptor.start();
    while (System.in.read() >= 0) {
      // nothing is sent this way: the pipe is only a leash
    }
    System.exit(0); // not halt(): compression libraries delete their unpacked native parts on exit
  }

  static void acceptAll(ServerSocket server) {
    for (;;) {
      try {
        Socket socket = server.accept();
        socket.setTcpNoDelay(true);
        Thread thread = new Thread(() -> new Connection(socket).serve(), "connection");
        thread.setDaemon(true);
        thread.start();
      } catch (IOException broken) {
        throw new IllegalStateException(broken);
      }
    }
  }
}
