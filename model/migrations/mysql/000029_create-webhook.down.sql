DROP TABLE `webhook`;
