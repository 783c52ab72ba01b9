package io.tokenbroker.client.cli.importing;

import static org.assertj.core.api.Assertions.assertThat;

import io.tokenbroker.v1.NewToken;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ImportFileTest {
  @Test
  void readsOneSecretPerLine() {
    assertThat(secrets(read(ImportFormat.LINES, "\uFEFF one \r\n\r\n# comment\n\ttwo\nthree")))
        .containsExactly("one", "two", "three");
  }

  @Test
  void readsCsvWithQuotesBreaksAndBlankLines() {
    ImportFile file =
        read(
            ImportFormat.CSV,
            "\uFEFFSecret, label ,weight,enabled,expire_time\r\n"
                + "one,\"a, \"\"b\"\"\",3,false,2030-01-31T13:00:00+01:00\r\n"
                + "\r\n"
                + "\"two\nlines\",,,,\r\n"
                + " three ,,,TRUE,\r\n");
    assertThat(file.problems()).isEmpty();
    assertThat(file.lines()).extracting(ImportLine::line).containsExactly(2, 4, 6);
    assertThat(secrets(file)).containsExactly("one", "two\nlines", "three");
    NewToken one = file.lines().get(0).token();
    assertThat(one.getLabel()).isEqualTo("a, \"b\"");
    assertThat(one.getWeight()).isEqualTo(3);
    assertThat(one.getEnabled()).isFalse();
    assertThat(one.getExpireTime().getSeconds()).isEqualTo(1_896_091_200L);
    NewToken two = file.lines().get(1).token();
    assertThat(two.hasEnabled()).isFalse();
    assertThat(two.hasExpireTime()).isFalse();
    assertThat(two.getWeight()).isZero();
  }

  @Test
  void readsJsonLines() {
    ImportFile file =
        read(
            ImportFormat.JSONL,
            """
            {"secret":" kept ","weight":3,"enabled":false,"label":null}

            {"token":"two","label":"l"}
            """);
    assertThat(file.problems()).isEmpty();
    assertThat(secrets(file)).containsExactly(" kept ", "two");
    assertThat(file.lines().get(0).token().getWeight()).isEqualTo(3);
    assertThat(file.lines().get(0).token().getEnabled()).isFalse();
  }

  @Test
  void readsEnvFiles() {
    ImportFile file =
        read(
            ImportFormat.ENV,
            """
            # comment
            A=one # not this
            export B='t w o$'  # nor this
            C="th\\"r\\\\ee\\n"
            D = four#4
            E=$FIVE
            """);
    assertThat(file.problems()).isEmpty();
    assertThat(secrets(file)).containsExactly("one", "t w o$", "th\"r\\ee\n", "four#4", "$FIVE");
    assertThat(file.lines())
        .extracting(line -> line.token().getLabel())
        .containsExactly("A", "B", "C", "D", "E");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "LINES | one~one                           | line 2: same secret as line 1",
        "CSV   | secret,weight~s3cr3t,0            | line 2: weight must be a whole number from 1"
            + " to 100",
        "CSV   | secret,weight~s3cr3t,101          | line 2: weight must be a whole number from 1"
            + " to 100",
        "CSV   | secret,weight~s3cr3t,1.5          | line 2: weight must be a whole number from 1"
            + " to 100",
        "CSV   | secret,enabled~s3cr3t,yes         | line 2: enabled must be true or false",
        "CSV   | secret,expire_time~s3cr3t,soon    | line 2: expire_time must be a time from 1970"
            + " to 9999 such as 2030-01-31T12:00:00Z",
        "CSV   | secret,expire_time~s3cr3t,1969-12-31T23:59:59Z | line 2: expire_time must be a"
            + " time from 1970 to 9999 such as 2030-01-31T12:00:00Z",
        "CSV   | secret,label,weight,enabled,expire_time~s3cr3t,l,0,yes,soon | line 2: weight must be"
            + " a whole number from 1 to 100; enabled must be true or false; expire_time must be a"
            + " time from 1970 to 9999 such as 2030-01-31T12:00:00Z",
        "CSV   | secret,label~,l                   | line 2: secret is empty or only white space",
        "CSV   | secret,label~s3cr3t               | line 2: has 1 values, but the first line"
            + " names 2 columns",
        "CSV   | secret,colour~s3cr3t,red          | line 1: unknown column 'colour': allowed are"
            + " secret (or token), label, weight, enabled, expire_time",
        "CSV   | secret,label,label~s3cr3t,a,b     | line 1: column 'label' stands twice",
        "CSV   | secret,token~s3cr3t,s3cr3t2       | line 1: secret and token are the same column:"
            + " leave one out",
        "CSV   | s3cr3t,me~s3cr3t2,you             | line 1: no column is named secret or token",
        "CSV   | secret~one~\"s3cr3t               | line 3: a quote in this row is never closed,"
            + " or has text before or after it",
        "CSV   | secret~one~\"s3\"cr3t             | line 3: a quote in this row is never closed,"
            + " or has text before or after it",
        "JSONL | s3cr3t                            | line 1: not one JSON object",
        "JSONL | ['s3cr3t']                        | line 1: a JSON array: make one object a line"
            + " of it, say with jq -c '.[]'",
        "JSONL | ~ [~{'secret':'s3cr3t'},~{'secret':'s3cr3t2'}~] | line 2: a JSON array: make one"
            + " object a line of it, say with jq -c '.[]'",
        "JSONL | {'secret':'s3cr3t'                | line 1: not one JSON object",
        "JSONL | {'secret':'s3cr3t'}{}             | line 1: not one JSON object",
        "JSONL | {'secret':5}                      | line 1: secret must be a JSON string",
        "JSONL | {'secret':['s3cr3t']}             | line 1: a value must be a string, a number,"
            + " true or false",
        "JSONL | {'secret':'s3cr3t','colour':1}    | line 1: unknown key 'colour': allowed are"
            + " secret (or token), label, weight, enabled, expire_time",
        "JSONL | {'secret':'s3cr3t','secret':'b'}  | line 1: key 'secret' stands twice",
        "JSONL | {'s3cr3t':1}                      | line 1: no key is named secret or token",
        "ENV   | s3cr3t                            | line 1: not NAME=VALUE with a name of"
            + " letters, digits and _",
        "ENV   | 1s3cr3t=a                         | line 1: not NAME=VALUE with a name of"
            + " letters, digits and _",
        "ENV   | A=                                | line 1: secret is empty or only white space",
        "LINES | s3cr3t~\u00a0\u200b              | line 2: secret is empty or only white space",
        "ENV   | A=\"s3cr3t                        | line 1: the quote must be closed on the same"
            + " line, with nothing after it",
        "ENV   | A=\"s3cr3t\"x                     | line 1: the quote must be closed on the same"
            + " line, with nothing after it",
        "ENV   | A=\"s3cr3t\\q\"                   | line 1: in double quotes, \\ needs n, r, t,"
            + " \", \\ or $ after it",
        "AUTO  | API_KEY=s3cr3t                    | line 1: looks like NAME=VALUE: say --format"
            + " env, or --format lines if each whole line is a secret",
      })
  void tellsWhatIsWrongButNeverTheSecret(ImportFormat format, String text, String problem) {
    ImportFile file =
        read(
            format,
            (format == ImportFormat.JSONL ? text.replace('\'', '"') : text).replace('~', '\n'));
    assertThat(file.problems()).hasSize(1).first().hasToString(problem);
    assertThat(file.toString()).doesNotContain("s3cr3t");
  }

  @ParameterizedTest
  @CsvSource({
    "'', '{\"secret\":\"a\"}', a",
    "'', 'secret', ''",
    "'', 'secret~a', a",
    "'', 'label,Token~l,a', a",
    "'', 'just-a-secret', just-a-secret",
    "'', 'base64==', base64==",
    "keys.CSV, 'secret~a', a",
    "keys.jsonl, '{\"secret\":\"a\"}', a",
    "keys.ndjson, '{\"secret\":\"a\"}', a",
    ".env, 'A=a', a",
    ".env.local, 'A=a', a",
    "prod.env, 'A=a', a",
    "keys.txt, 'a', a",
  })
  void findsTheFormat(String name, String text, String secret) {
    ImportFile file = ImportFile.read(bytes(text.replace('~', '\n')), name, ImportFormat.AUTO);
    assertThat(file.problems()).isEmpty();
    assertThat(secrets(file)).isEqualTo(secret.isEmpty() ? List.of() : List.of(secret));
  }

  @Test
  void refusesWhatIsNotUtf8AndTellsTheLine() throws IOException {
    for (ImportFormat format : new ImportFormat[] {ImportFormat.LINES, ImportFormat.CSV}) {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      bytes.write(bytes("secret\ngood\nb"));
      bytes.write(0xE9); // é in Latin-1
      bytes.write(bytes("d\nfine\n"));
      ImportFile file = ImportFile.read(bytes.toByteArray(), "", format);
      assertThat(file.problems())
          .containsExactly(
              new Problem(
                  3, "not valid UTF-8: convert the file, say with iconv -f latin1 -t utf-8"));
      assertThat(secrets(file)).contains("good", "fine");
    }
  }

  @Test
  void refusesWhatTheBrokerWouldRefuse() {
    String big = "x".repeat(64 * 1024);
    String label = "l".repeat(256);
    ImportFile file =
        read(
            ImportFormat.JSONL,
            "{\"secret\":\""
                + big
                + "\"}\n"
                + "{\"secret\":\""
                + big
                + "y\"}\n"
                + "{\"secret\":\"  \"}\n"
                + "{\"secret\":\"a\",\"label\":\""
                + label
                + "\"}\n"
                + "{\"secret\":\"a\",\"label\":\"\\u0007\"}\n");
    assertThat(file.problems())
        .containsExactly(
            new Problem(2, "secret has more than 64 KiB"),
            new Problem(3, "secret is empty or only white space"),
            new Problem(4, "label has more than 255 characters"),
            new Problem(5, "label has a control character"));
    assertThat(file.lines()).hasSize(1);
  }

  @Test
  void refusesControlCharactersInSecretsButNotTheLinesOfAKey() {
    ImportFile file =
        read(
            ImportFormat.JSONL,
            """
            {"secret":"a\\u0000b"}
            {"secret":"a\\u001b[31mb"}
            {"secret":"a\\u007fb"}
            {"secret":"-- a key --\\n\\tmade up\\r\\n"}
            """);
    String why = "secret has a control character other than a tab or a line break";
    assertThat(file.problems())
        .containsExactly(new Problem(1, why), new Problem(2, why), new Problem(3, why));
    assertThat(secrets(file)).containsExactly("-- a key --\n\tmade up\r\n");
    assertThat(read(ImportFormat.LINES, "one\nt\0w\0o").problems())
        .containsExactly(new Problem(2, why));
  }

  @Test
  void aBrokenQuoteSpoilsTheWholeFile() {
    assertThat(read(ImportFormat.CSV, "secret\none\n\"two\n").readable()).isFalse();
    assertThat(read(ImportFormat.CSV, "secret,weight\none,0\n").readable()).isTrue();
  }

  @Test
  void readsManyLines() {
    String text =
        IntStream.range(0, 30_000)
            .mapToObj(i -> "secret-" + i)
            .collect(Collectors.joining("\n", "secret\n", "\n"));
    for (ImportFormat format : new ImportFormat[] {ImportFormat.CSV, ImportFormat.LINES}) {
      assertThat(read(format, text).lines()).hasSizeGreaterThanOrEqualTo(30_000);
    }
  }

  private static ImportFile read(ImportFormat format, String text) {
    return ImportFile.read(bytes(text), "", format);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static List<String> secrets(ImportFile file) {
    return file.lines().stream().map(line -> line.token().getSecret()).toList();
  }
}
