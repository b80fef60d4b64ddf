-- The tables that kafka_db_writer makes; printed by: kafka_db_writer --schema
-- next_offset and epoch of kafka_offsets are the heart of exactly once: see store.h.
CREATE TABLE IF NOT EXISTS kafka_clusters (
  kafka_cluster INT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  id VARCHAR(200) CHARACTER SET ascii COLLATE ascii_bin NOT NULL UNIQUE
) ENGINE=InnoDB;
CREATE TABLE IF NOT EXISTS kafka_offsets (
  kafka_cluster INT NOT NULL,
  topic VARCHAR(200) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  kafka_partition INT NOT NULL,
  next_offset BIGINT NOT NULL,
  epoch BIGINT UNSIGNED NOT NULL,
  PRIMARY KEY (kafka_cluster, topic, kafka_partition)
) ENGINE=InnoDB;
CREATE TABLE IF NOT EXISTS rejected_messages (
  kafka_cluster INT NOT NULL,
  topic VARCHAR(200) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  kafka_partition INT NOT NULL,
  kafka_offset BIGINT NOT NULL,
  kafka_time DATETIME(3) NOT NULL,
  reason VARCHAR(200) NOT NULL,
  bytes LONGBLOB,
  PRIMARY KEY (kafka_cluster, topic, kafka_partition, kafka_offset)
) ENGINE=InnoDB;
CREATE TABLE IF NOT EXISTS vehiculo (
  kafka_cluster INT NOT NULL,
  kafka_partition INT NOT NULL,
  kafka_offset BIGINT NOT NULL,
  kafka_time DATETIME(3) NOT NULL,
  placa VARCHAR(200) NOT NULL,
  marca VARCHAR(200) NOT NULL,
  modelo VARCHAR(200) NOT NULL,
  anio INT NOT NULL,
  color VARCHAR(200) NOT NULL,
  precio DOUBLE NOT NULL,
  PRIMARY KEY (kafka_cluster, kafka_partition, kafka_offset)
) ENGINE=InnoDB CHARACTER SET utf8mb4;
CREATE TABLE IF NOT EXISTS jugadores_futbol (
  kafka_cluster INT NOT NULL,
  kafka_partition INT NOT NULL,
  kafka_offset BIGINT NOT NULL,
  kafka_time DATETIME(3) NOT NULL,
  nombre VARCHAR(200) NOT NULL,
  equipo VARCHAR(200) NOT NULL,
  posicion VARCHAR(200) NOT NULL,
  nacionalidad VARCHAR(200) NOT NULL,
  edad INT NOT NULL,
  goles INT NOT NULL,
  PRIMARY KEY (kafka_cluster, kafka_partition, kafka_offset)
) ENGINE=InnoDB CHARACTER SET utf8mb4;
CREATE TABLE IF NOT EXISTS datos_clima (
  kafka_cluster INT NOT NULL,
  kafka_partition INT NOT NULL,
  kafka_offset BIGINT NOT NULL,
  kafka_time DATETIME(3) NOT NULL,
  ciudad VARCHAR(200) NOT NULL,
  fecha_hora DATETIME(6) NOT NULL,
  temperatura DOUBLE NOT NULL,
  humedad INT NOT NULL,
  presion DOUBLE NOT NULL,
  condicion VARCHAR(200) NOT NULL,
  PRIMARY KEY (kafka_cluster, kafka_partition, kafka_offset)
) ENGINE=InnoDB CHARACTER SET utf8mb4;
CREATE TABLE IF NOT EXISTS datos_peliculas (
  kafka_cluster INT NOT NULL,
  kafka_partition INT NOT NULL,
  kafka_offset BIGINT NOT NULL,
  kafka_time DATETIME(3) NOT NULL,
  titulo VARCHAR(200) NOT NULL,
  director VARCHAR(200) NOT NULL,
  genero VARCHAR(200) NOT NULL,
  anio INT NOT NULL,
  duracion INT NOT NULL,
  calificacion DOUBLE NOT NULL,
  PRIMARY KEY (kafka_cluster, kafka_partition, kafka_offset)
) ENGINE=InnoDB CHARACTER SET utf8mb4;
