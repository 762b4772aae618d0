import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.lucene.codecs.KnnVectorsFormat;
import org.apache.lucene.codecs.lucene104.Lucene104Codec;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.KnnFloatVectorField;
import org.apache.lucene.index.*;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.search.VectorScorer;
import org.apache.lucene.store.ByteBuffersDirectory;

/**
 * Writes vectors into a segment with 7 bits, as the k-NN plugin does from version 3.6 on: with a copy of its own of
 * Lucene's writer. It then writes the scores of Lucene's scorer for queries. Arguments are pairs of files. The first of
 * a pair is, all little-endian: how many vectors, dimensions, queries, the number of the similarity, how many vectors a
 * segment takes before all are merged, the confidence interval (0 is the default), the vectors, the queries.
 */
public class KNN {
  public static void main(String[] files) throws Exception {
    for (int i = 0; i < files.length; i += 2) {
      ByteBuffer in = ByteBuffer.wrap(Files.readAllBytes(Path.of(files[i]))).order(ByteOrder.LITTLE_ENDIAN);
      Files.write(Path.of(files[i + 1]), run(in));
    }
  }

  static float[] vector(ByteBuffer in, int dimension) {
    float[] v = new float[dimension];
    for (int i = 0; i < dimension; i++) v[i] = in.getFloat();
    return v;
  }

  static byte[] run(ByteBuffer in) throws Exception {
    int n = in.getInt(), dimension = in.getInt(), queries = in.getInt();
    VectorSimilarityFunction similarity = VectorSimilarityFunction.values()[in.getInt()];
    int segment = in.getInt();
    float interval = in.getFloat();
    KnnVectorsFormat format =
        (KnnVectorsFormat)
            Class.forName("org.apache.lucene.backward_codecs.lucene99.Lucene99RWScalarQuantizedVectorsFormat")
                .getConstructor(Float.class, int.class, boolean.class)
                .newInstance(interval == 0 ? null : interval, 7, false);
    try (ByteBuffersDirectory directory = new ByteBuffersDirectory()) {
      IndexWriterConfig config = new IndexWriterConfig(null).setRAMBufferSizeMB(1024).setUseCompoundFile(false);
      config.setMergePolicy(new LogDocMergePolicy()).setMergeScheduler(new SerialMergeScheduler());
      config.setCodec(new Lucene104Codec() {
        @Override
        public KnnVectorsFormat getKnnVectorsFormatForField(String field) {
          return format;
        }
      });
      try (IndexWriter writer = new IndexWriter(directory, config)) {
        for (int i = 0; i < n; i++) {
          Document document = new Document();
          document.add(new KnnFloatVectorField("v", vector(in, dimension), similarity));
          writer.addDocument(document);
          if ((i + 1) % segment == 0) writer.flush();
        }
        writer.forceMerge(1);
      }
      try (DirectoryReader reader = DirectoryReader.open(directory)) {
        return read((CodecReader) reader.leaves().get(0).reader(), in, n, dimension, queries);
      }
    }
  }

  static byte[] read(CodecReader reader, ByteBuffer in, int n, int dimension, int queries) throws IOException {
    ByteBuffer out = ByteBuffer.allocate(queries * n * 4).order(ByteOrder.LITTLE_ENDIAN);
    for (int q = 0; q < queries; q++) {
      VectorScorer scorer = reader.getFloatVectorValues("v").scorer(vector(in, dimension));
      DocIdSetIterator documents = scorer.iterator();
      while (documents.nextDoc() != DocIdSetIterator.NO_MORE_DOCS) out.putFloat(scorer.score());
    }
    return out.array();
  }
}
