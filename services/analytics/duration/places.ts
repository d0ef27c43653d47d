/**
 * Where cities are, so that one without history can borrow from its nearest neighbours. The larger towns of France and
 * the big ones next door; a city that is not listed has no place, and its kind of job alone speaks for it.
 */
import { typeKey } from '../model.ts';

/** Name, latitude and longitude in degrees. */
const PLACES = `
Paris 48.86 2.35|Marseille 43.30 5.37|Lyon 45.76 4.84|Toulouse 43.60 1.44|Nice 43.70 7.27|Nantes 47.22 -1.55
Montpellier 43.61 3.88|Strasbourg 48.58 7.75|Bordeaux 44.84 -0.58|Lille 50.63 3.06|Rennes 48.11 -1.68|Reims 49.26 4.03
Toulon 43.12 5.93|Saint-Étienne 45.43 4.39|Le Havre 49.49 0.11|Grenoble 45.19 5.72|Dijon 47.32 5.04|Angers 47.47 -0.55
Villeurbanne 45.77 4.88|Saint-Denis 48.94 2.36|Nîmes 43.84 4.36|Clermont-Ferrand 45.78 3.08|Le Mans 48.00 0.20
Aix-en-Provence 43.53 5.45|Brest 48.39 -4.49|Tours 47.39 0.69|Amiens 49.89 2.30|Annecy 45.90 6.13|Limoges 45.83 1.26
Metz 49.12 6.18|Perpignan 42.70 2.90|Boulogne-Billancourt 48.84 2.24|Besançon 47.24 6.02|Orléans 47.90 1.91
Rouen 49.44 1.10|Montreuil 48.86 2.44|Caen 49.18 -0.37|Argenteuil 48.95 2.25|Mulhouse 47.75 7.34|Nancy 48.69 6.18
Tourcoing 50.72 3.16|Roubaix 50.69 3.17|Nanterre 48.89 2.21|Vitry-sur-Seine 48.79 2.39|Créteil 48.79 2.46
Avignon 43.95 4.81|Poitiers 46.58 0.34|Aubervilliers 48.91 2.38|Dunkerque 51.03 2.38|Aulnay-sous-Bois 48.94 2.50
Colombes 48.92 2.25|Asnières-sur-Seine 48.91 2.29|Versailles 48.80 2.13|Courbevoie 48.90 2.26|Béziers 43.34 3.22
La Rochelle 46.16 -1.15|Cherbourg 49.63 -1.62|Champigny-sur-Marne 48.82 2.52|Pau 43.30 -0.37|Mérignac 44.84 -0.65
Saint-Maur-des-Fossés 48.80 2.49|Antibes 43.58 7.12|Cannes 43.55 7.01|Ajaccio 41.92 8.74|Saint-Nazaire 47.27 -2.21
Drancy 48.93 2.45|Noisy-le-Grand 48.85 2.55|Issy-les-Moulineaux 48.82 2.27|Cergy 49.04 2.08|Calais 50.95 1.86
Levallois-Perret 48.89 2.29|Vénissieux 45.70 4.89|Colmar 48.08 7.36|Pessac 44.81 -0.63|Évry 48.63 2.43|Valence 44.93 4.89
Bourges 47.08 2.40|Quimper 48.00 -4.10|Antony 48.75 2.30|Troyes 48.30 4.07|La Seyne-sur-Mer 43.10 5.88|Montauban 44.02 1.35
Villeneuve-d'Ascq 50.62 3.14|Lorient 47.75 -3.37|Niort 46.32 -0.46|Chambéry 45.56 5.92|Sarcelles 49.00 2.38
Saint-Quentin 49.85 3.29|Beauvais 49.43 2.08|Cholet 47.06 -0.88|Vannes 47.66 -2.76|Hyères 43.12 6.13|Meaux 48.96 2.88
Bayonne 43.49 -1.47|Narbonne 43.18 3.00|Bron 45.74 4.91|Charleville-Mézières 49.77 4.72|Albi 43.93 2.15|Laval 48.07 -0.77
Arles 43.68 4.63|Belfort 47.64 6.86|Évreux 49.02 1.15|La Roche-sur-Yon 46.67 -1.43|Blois 47.59 1.34|Brive 45.16 1.53
Chalon-sur-Saône 46.78 4.85|Tarbes 43.23 0.08|Angoulême 45.65 0.16|Castres 43.61 2.24|Arras 50.29 2.78|Bastia 42.70 9.45
Saint-Brieuc 48.51 -2.76|Vaulx-en-Velin 45.78 4.92|Saint-Priest 45.70 4.94|Caluire-et-Cuire 45.80 4.85|Givors 45.59 4.77
Villefranche-sur-Saône 45.99 4.72|Bourg-en-Bresse 46.21 5.23|Vienne 45.52 4.87|Mâcon 46.31 4.83|Roanne 46.04 4.07
Bourgoin-Jallieu 45.59 5.28|Meyzieu 45.77 5.00|Décines-Charpieu 45.77 4.96|Oullins 45.71 4.81|Rillieux-la-Pape 45.82 4.90
Écully 45.77 4.78|Tassin-la-Demi-Lune 45.76 4.78|Bruxelles 50.85 4.35|Liège 50.63 5.57|Charleroi 50.41 4.44|Namur 50.47 4.87
Luxembourg 49.61 6.13|Genève 46.20 6.14|Lausanne 46.52 6.63|Monaco 43.73 7.42|Karlsruhe 49.01 8.40|Turin 45.07 7.69
`;

interface Place {
  readonly latitude: number;
  readonly longitude: number;
}

/** Without accents, hyphens and case: `SAINT ETIENNE` is `Saint-Étienne`. */
const placeKey = (city: string): string =>
  typeKey(city)
    .normalize('NFD')
    .replace(/[\u0300-\u036f]/g, '')
    .replace(/[^a-z]+/g, ' ')
    .replace(/\bst\b/g, 'saint')
    .replace(/\bcedex\b.*$/, '')
    .trim();

function readPlaces(): Map<string, Place> {
  const entries = PLACES.trim().split(/[|\n]/);
  return new Map(
    entries.map((entry) => {
      const [, name, latitude, longitude] = /^(.+) (-?[\d.]+) (-?[\d.]+)$/.exec(entry)!;
      return [placeKey(name!), { latitude: Number(latitude), longitude: Number(longitude) }] as const;
    }),
  );
}

const places = readPlaces();
const EARTH_KM = 6371;
const radians = (degrees: number): number => (degrees * Math.PI) / 180;

function distance(a: Place, b: Place): number {
  const [north, east] = [radians(b.latitude - a.latitude), radians(b.longitude - a.longitude)];
  const chord =
    Math.sin(north / 2) ** 2 +
    Math.cos(radians(a.latitude)) * Math.cos(radians(b.latitude)) * Math.sin(east / 2) ** 2;
  return 2 * EARTH_KM * Math.asin(Math.sqrt(chord));
}

/** Kilometres as the crow flies; null when one of the cities is not listed. */
export function kilometresBetween(a: string, b: string): number | null {
  const [from, to] = [places.get(placeKey(a)), places.get(placeKey(b))];
  return from && to ? distance(from, to) : null;
}
