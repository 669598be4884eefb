"""France."""

from apps.sandbox.seed.places.place import Place, cities, nicknames, pairs, words

PLACE = Place(
    country="FR",
    language="fr",
    calling_code="33",
    trunk="0",
    currency="EUR",
    male=words(
        "Jean Pierre Michel André Philippe René Louis Alain Jacques Bernard François Éric Frédéric Christophe "
        "Nicolas "
        "Julien Sébastien Laurent Thierry Olivier Antoine Hugo Lucas Théo Mathieu Guillaume Benoît Jérôme Rémi "
        "Jean-Claude"
    ),
    female=words(
        "Marie Jeanne Françoise Monique Catherine Nathalie Isabelle Sylvie Christine Valérie Sandrine Stéphanie "
        "Céline "
        "Aurélie Émilie Camille Léa Manon Chloé Inès Hélène Élodie Mélanie Véronique Brigitte Geneviève Joséphine "
        "Anaïs "
        "Marie-Claire Delphine"
    ),
    family=words(
        "Martin Bernard Thomas Petit Robert Richard Durand Dubois Moreau Laurent Simon Michel Lefebvre Leroy Roux "
        "David "
        "Bertrand Morel Fournier Girard Bonnet Dupont Lambert Fontaine Rousseau Vincent Muller Lefèvre Faure André "
        "Mercier Blanc Guérin Boyer Garnier Chevalier François Legrand Gauthier Garcia Perrin Robin Clément Morin "
        "Nicolas Henry Roussel Mathieu Gautier Masson Marchand Duval Denis Dumont Marie Lemaire Noël Meyer Dufour "
        "Meunier Brun Blanchard Giraud Joly Rivière Lucas Brunet Gaillard Barbier Arnaud Martinez Gérard Roche "
        "Renard "
        "Schmitt Roy Leroux Colin Vidal Caron Picard Roger Fabre Aubert Lemoine Renaud Dumas Lacroix Olivier "
        "Philippe "
        "Bourgeois Pierre Benoît Rey Leclerc Payet Rolland Leclercq Guillaume Lecomte Lopez Jean Dupuy Guillot "
        "Hubert "
        "Berger Carpentier Sanchez Dupuis Moulin Louis Deschamps Huet Vasseur Perez Boucher Fleury Royer Klein "
        "Jacquet"
    ),
    nicknames=nicknames(
        "Philippe=Phil Frédéric=Fred Christophe=Chris Nicolas=Nico Sébastien=Seb Antoine=Toine Mathieu=Math "
        "Guillaume=Guy Catherine=Cathy Nathalie=Nath Isabelle=Isa Christine=Chris Valérie=Val Stéphanie=Steph "
        "Véronique=Véro Joséphine=Jo Geneviève=Ginette Jean-Claude=Jean Françoise=Fanny Mélanie=Mel Delphine=Del"
    ),
    streets=words(
        "rue Victor Hugo, rue de la République, avenue Jean Jaurès, rue Pasteur, place de l'Église, rue des Lilas, "
        "boulevard Voltaire, rue du Moulin, avenue de la Gare, rue de la Mairie, chemin des Vignes, rue Émile Zola, "
        "rue Gambetta, allée des Tilleuls, rue du Général Leclerc, rue Saint-Michel, impasse des Roses, quai de la "
        "Loire, "
        "rue des Écoles, boulevard Carnot, rue Jules Ferry, avenue Foch, rue du Château, rue de Paris, rue des "
        "Acacias"
    ),
    street_short=(("avenue", "av."), ("boulevard", "bd"), ("rue ", "r. "), ("Général", "Gal"), ("place", "pl.")),
    cities=cities(
        """Paris|IDF|75|142
        Lyon|ARA|69|478
        Marseille|PAC|13|491
        Toulouse|OCC|31|561
        Nantes|PDL|44|240
        Lille|HDF|59|320
        Bordeaux|NAQ|33|556
        Orléans|CVL|45|238
        Besançon|BFC|25|381
        Saint-Étienne|ARA|42|477
        Nîmes|OCC|30|466"""
    ),
    postcode="{}0##",
    mobiles=("61#######", "66#######", "75#######", "76#######"),
    landline="{}######",
    legal_forms=pairs(
        "SARL=Société à responsabilité limitée, SA=Société anonyme, SAS=Société par actions simplifiée,"
        "EURL=Entreprise unipersonnelle à responsabilité limitée, SNC=Société en nom collectif"
    ),
    trades=words(
        "Menuiserie, Boulangerie, Transports, Informatique, Conseil, Immobilier, Garage, Pharmacie, Imprimerie, "
        "Plomberie, "
        "Électricité, Maçonnerie, Édition, Vins, Bâtiment, Paysages, Distribution, Énergie, Santé, Textiles"
    ),
    titles=("Dr", "Me"),
    house_first=True,
)
